package org.posthorn.storage.content;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.posthorn.message.ContentId;

final class FreshTextsTest {
  private final FreshTexts texts = new FreshTexts(1_000);

  @Test
  void theOldestMakeRoom() {
    texts.keep(id(1), new byte[600]);
    texts.keep(id(2), new byte[400]);
    assertThat(texts.find(id(1))).hasValueSatisfying(text -> assertThat(text).hasSize(600));

    texts.keep(id(3), new byte[1]);

    assertThat(texts.find(id(1))).isEmpty();
    assertThat(texts.find(id(2))).isPresent();
    assertThat(texts.find(id(3))).isPresent();
  }

  @Test
  void whatIsKeptTwiceCountsOnce() {
    for (int i = 0; i < 10; i++) {
      texts.keep(id(1), new byte[600]);
    }
    texts.keep(id(2), new byte[400]);

    assertThat(texts.find(id(1))).isPresent();
    assertThat(texts.find(id(2))).isPresent();
  }

  @Test
  void whatIsLongIsNotWanted() {
    assertThat(texts.wants(1_000)).isTrue();
    assertThat(texts.wants(1_001)).isFalse();
    assertThat(new FreshTexts(1 << 20).wants(1 << 19)).isFalse();
    assertThat(new FreshTexts(0).wants(1)).isFalse();
  }

  private static ContentId id(int number) {
    return new ContentId("c" + number);
  }
}
