package org.posthorn.storage.search;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FuzzyHitsTest {
  private static FuzzyHits hits(int emailsMax) {
    var hits = new FuzzyHits(2, emailsMax);
    for (int email = 5; email > 0; email--) {
      hits.add(email, 0, 0.5f);
    }
    for (int email : new int[] {1, 3, 4}) {
      hits.add(email, 1, 0.25f);
      hits.add(email, 1, 1);
      hits.add(email, 1, 0.5f);
    }
    return hits;
  }

  @Test
  void keepsTheEmailsThatHaveAllWords() {
    FuzzyFound found = hits(100).found(6, 100);
    assertThat(found.size()).isEqualTo(3);
    assertThat(found.of(1)).isEqualTo(0.75f);
    assertThat(found.of(2)).isZero();
    assertThat(found.of(3)).isEqualTo(0.75f);
    assertThat(found.of(6)).isZero();
    assertThat(found.of(7)).isEqualTo(FuzzyFound.UNKNOWN);
  }

  @Test
  void doesNotKnowWhatItHasNoRoomFor() {
    FuzzyFound found = hits(100).found(6, 2);
    assertThat(found.size()).isEqualTo(2);
    assertThat(found.of(3)).isEqualTo(0.75f);
    assertThat(found.of(4)).isEqualTo(FuzzyFound.UNKNOWN);
    assertThat(found.of(5)).isZero();
    assertThat(hits(100).found(6, 0).of(1)).isEqualTo(FuzzyFound.UNKNOWN);
  }

  @Test
  void doesNotKnowEmailsBeyondThoseThatItGathers() {
    FuzzyFound found = hits(3).found(6, 100);
    assertThat(found.of(1)).isEqualTo(FuzzyFound.UNKNOWN);
    assertThat(found.of(2)).isEqualTo(FuzzyFound.UNKNOWN);
    assertThat(found.of(3)).isEqualTo(0.75f);
    assertThat(found.of(5)).isZero();
    assertThat(found.of(6)).isZero();
  }

  @Test
  void doesNotKnowWhatIsIndexedInPart() {
    FuzzyHits hits = hits(100);
    hits.addPartly(1);
    hits.addPartly(6);
    FuzzyFound found = hits.found(6, 100);
    assertThat(found.of(1)).isEqualTo(FuzzyFound.UNKNOWN);
    assertThat(found.of(6)).isEqualTo(FuzzyFound.UNKNOWN);
    assertThat(found.of(3)).isEqualTo(0.75f);
  }
}
