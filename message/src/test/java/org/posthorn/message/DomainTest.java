package org.posthorn.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

final class DomainTest {
  @Test
  void hasOneFormForEverySpelling() {
    assertThat(Domain.of("Bücher.Example."))
        .isEqualTo(Domain.of("xn--bcher-kva.example"))
        .isEqualTo(Domain.of("BÜCHER.example"));
    assertThat(Domain.of("[ipv6:2001:db8::1]"))
        .isEqualTo(Domain.of("[IPv6:2001:0DB8:0:0:0:0:0:1]"));
    assertThat(Domain.of("xn--bcher-kva.example").unicode()).isEqualTo("bücher.example");
  }

  @Test
  void keepsSharpSApartFromDoubleS() {
    assertThat(Domain.of("straße.example").ascii()).isEqualTo("xn--strae-oqa.example");
    assertThat(Domain.of("STRASSE.example").ascii()).isEqualTo("strasse.example");
    assertThat(Domain.of("xn--strae-oqa.example").unicode()).isEqualTo("straße.example");
  }

  /// What only looks like a name is not it.
  @Test
  void takesNoLookAlikes() {
    for (String text :
        new String[] {
          "\uFF45xample.org", // full width
          "example\u3002org",
          "example\uFF0Eorg",
          "b\u00FCcher\u3002example",
          "exam\u00ADple.org", // soft hyphen
          "example\u200B.org", // zero width
          "example.\u24DErg", // circled
          "\u2488example.org"
        }) {
      assertThat(Domain.parse(text)).as(text).isEmpty();
    }
    assertThat(Domain.of("ex\u0430mple.org")).isNotEqualTo(Domain.of("example.org"));
  }

  @Test
  void givesTheAddressOfALiteral() throws Exception {
    assertThat(Domain.of("[192.0.2.1]").address()).contains(InetAddress.ofLiteral("192.0.2.1"));
    assertThat(Domain.of("[IPv6:2001:db8::1]").address())
        .contains(InetAddress.ofLiteral("2001:db8::1"));
    assertThat(Domain.of("example.org").address()).isEmpty();
  }

  @Test
  void isNeverMadeOfAnotherForm() {
    for (String text :
        new String[] {"Example.org", "example.org.", "[IPv6:::1]", "", "bücher.de", "a b"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> new Domain(text));
    }
  }
}
