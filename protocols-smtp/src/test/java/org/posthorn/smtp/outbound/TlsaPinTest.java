package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Which of a server's TLSA records count (RFC 7671 §9, RFC 7672 §3.1).
final class TlsaPinTest {
  private static final TlsaPin WEAK = new TlsaPin(3, 1, 1, "00".repeat(32));
  private static final TlsaPin STRONG = new TlsaPin(3, 1, 2, "00".repeat(64));
  private static final TlsaPin WHOLE = new TlsaPin(3, 1, 0, "0000");

  @Test
  void theStrongestDigestOfEachUsageAndSelectorCounts() {
    var otherSelector = new TlsaPin(3, 0, 1, WEAK.data());
    var otherUsage = new TlsaPin(2, 1, 1, WEAK.data());
    var alike = new TlsaPin(3, 1, 1, "11".repeat(32));
    assertThat(TlsaPin.strongest(List.of(WEAK, alike, STRONG, otherSelector, otherUsage)))
        .containsExactly(STRONG, otherSelector, otherUsage);
    assertThat(TlsaPin.strongest(List.of(WEAK, alike))).containsExactly(WEAK, alike);
  }

  /// What is no digest is neither stronger nor weaker.
  @Test
  void whatIsGivenWholeAlwaysCounts() {
    assertThat(TlsaPin.strongest(List.of(WHOLE, STRONG, WEAK))).containsExactly(WHOLE, STRONG);
    assertThat(TlsaPin.strongest(List.of(WHOLE, WEAK))).containsExactly(WHOLE, WEAK);
  }

  @Test
  void whatMailServersCannotUseDoesNotCount() {
    assertThat(List.of(WEAK, STRONG, WHOLE)).allMatch(TlsaPin::isUsable);
    assertThat(
            List.of(
                new TlsaPin(0, 1, 1, WEAK.data()),
                new TlsaPin(1, 1, 1, WEAK.data()),
                new TlsaPin(255, 1, 1, WEAK.data()),
                new TlsaPin(3, 2, 1, WEAK.data()),
                new TlsaPin(3, 1, 3, WEAK.data()),
                new TlsaPin(3, 1, 2, WEAK.data()),
                new TlsaPin(3, 1, 0, "")))
        .noneMatch(TlsaPin::isUsable);
  }
}
