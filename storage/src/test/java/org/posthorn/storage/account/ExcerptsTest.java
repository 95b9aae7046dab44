package org.posthorn.storage.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExcerptsTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ExcerptPage page, long emailId) {
    return new String(
        page.bytes(),
        page.start(emailId),
        page.end(emailId) - page.start(emailId),
        StandardCharsets.UTF_8);
  }

  @Test
  void aPageTakesMoreAndMoreInAnyOrder() {
    var random = new Random(3);
    Map<Long, String> model = new HashMap<>();
    ExcerptPage page = ExcerptPage.empty(2);
    for (int round = 0; round < 40; round++) {
      Map<Long, byte[]> more = new HashMap<>();
      for (int i = 0; i < 5; i++) {
        long id = 128L + random.nextInt(64);
        String text = "x".repeat(random.nextInt(9)) + id;
        more.put(id, bytes(text));
        model.put(id, text);
      }
      page = page.with(more);
      for (long id = 128; id < 192; id++) {
        assertThat(page.has(id)).isEqualTo(model.containsKey(id));
        if (page.has(id)) {
          assertThat(text(page, id)).isEqualTo(model.get(id));
        }
      }
    }
  }

  @Test
  void keepsKindsAndAccountsApart() {
    var excerpts = new Excerpts(1 << 20);
    long ann = excerpts.accountNumber();
    long bob = excerpts.accountNumber();
    excerpts.shelf(ann, "subjects").keep(ExcerptPage.empty(0).with(Map.of(5L, bytes("one"))));

    assertThat(excerpts.shelf(ann, "subjects").find(0).has(5)).isTrue();
    assertThat(excerpts.shelf(ann, "dates").find(0).has(5)).isFalse();
    assertThat(excerpts.shelf(bob, "subjects").find(0).has(5)).isFalse();
    assertThat(excerpts.figures().usedBytes()).isPositive();
    assertThat(excerpts.figures().hits()).isEqualTo(1);
    excerpts.clear();
    assertThat(excerpts.shelf(ann, "subjects").find(0).has(5)).isFalse();
  }

  @Test
  void staysWithinItsBudget() {
    var excerpts = new Excerpts(100_000);
    Excerpts.Shelf shelf = excerpts.shelf(1, "bodies");
    for (long page = 0; page < 500; page++) {
      shelf.keep(ExcerptPage.empty(page).with(Map.of(page * ExcerptPage.EMAILS, new byte[10_000])));
    }

    assertThat(excerpts.figures().usedBytes()).isBetween(10_000L, 100_000L);
  }
}
