package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a policy says (RFC 8461 §3, §4.1).
final class StsPolicyTest {
  private static final String POLICY =
      """
      version: STSv1
      mode: enforce
      mx: mx.example.net
      mx: *.Backup.example.net
      max_age: 86400
      """;

  @Test
  void readsAPolicyWithEitherLineBreakAndUnknownKeys() throws IOException {
    StsPolicy expected =
        new StsPolicy(
            StsPolicy.Mode.ENFORCE,
            List.of("mx.example.net", "*.backup.example.net"),
            Duration.ofDays(1));
    assertThat(StsPolicy.parse(POLICY)).isEqualTo(expected);
    assertThat(StsPolicy.parse(POLICY.replace("\n", "\r\n") + "future: x\nmode: none"))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>",
        "version: STSv2\nmode: none\nmax_age: 1",
        "version: STSv1\nmode: maybe\nmx: a.example\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1",
        "version: STSv1\nmode: enforce\nmx: a.example",
        "version: STSv1\nmode: enforce\nmx: *\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: a.*.example\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmx: [127.0.0.1]\nmax_age: 1",
      })
  void refusesWhatIsNoPolicy(String text) {
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> StsPolicy.parse(text));
  }

  @Test
  void keepsNoPolicyForEver() throws IOException {
    assertThat(StsPolicy.parse("version: STSv1\nmode: none\nmax_age: 9999999999").maxAge())
        .isEqualTo(Duration.ofHours(8_766));
  }

  @ParameterizedTest
  @CsvSource({
    "MX.example.net, true",
    "a.backup.example.net, true",
    "backup.example.net, false",
    "a.b.backup.example.net, false",
    "example.net, false",
    "net, false",
  })
  void allowsTheServersThatItNames(String host, boolean allowed) throws IOException {
    assertThat(StsPolicy.parse(POLICY).allows(host)).isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "mx.example.net., mx.example.net, true",
    "*.Example.net., a.example.net, true",
    "mx.bücher.example, mx.xn--bcher-kva.example, true",
    "*.BÜCHER.example, mx.xn--bcher-kva.example, true",
    "*.bücher.example, xn--bcher-kva.example, false",
  })
  void allowsServersHoweverTheirNamesAreWritten(String mx, String host, boolean allowed)
      throws IOException {
    StsPolicy policy = StsPolicy.parse(POLICY.replace("mx.example.net", mx));
    assertThat(policy.allows(host)).isEqualTo(allowed);
    assertThat(policy.lines()).allMatch(line -> line.chars().allMatch(c -> c < 128));
  }

  @Test
  void readsTheIdOfOneRecordOnly() {
    assertThat(StsPolicy.id(List.of("v=spf1 -all", "v=STSv1; id=20160831085700Z;")))
        .contains("20160831085700Z");
    assertThat(StsPolicy.id(List.of("v=STSv1;id=1", "v=STSv1; id=2;"))).isEmpty();
    assertThat(StsPolicy.id(List.of("v=STSv1; id=a-b;"))).isEmpty();
    assertThat(StsPolicy.id(List.of("v=STSv1;"))).isEmpty();
    assertThat(StsPolicy.id(List.of("v=STSv10; id=1;"))).isEmpty();
  }

  @Test
  void isKeptAsText() throws IOException {
    var known = new StsPolicies.Known("1", Instant.EPOCH, StsPolicy.parse(POLICY));
    var none =
        new StsPolicies.Known(
            "1",
            Instant.EPOCH,
            new StsPolicy(StsPolicy.Mode.NONE, List.of(), Duration.ofSeconds(1)));
    assertThat(StsPolicies.Known.of(known.toText(), _ -> Optional.empty())).contains(known);
    assertThat(StsPolicies.Known.of(none.toText(), _ -> Optional.empty())).contains(none);
    assertThat(StsPolicies.Known.of("3 something newer", _ -> Optional.empty())).isEmpty();
    assertThat(StsPolicies.Known.of(known.toText("a", 2), _ -> Optional.empty())).isEmpty();
  }
}
