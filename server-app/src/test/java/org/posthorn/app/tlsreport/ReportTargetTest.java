package org.posthorn.app.tlsreport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.posthorn.message.MailAddress;

class ReportTargetTest {
  @Test
  void readsWhereADomainWantsItsReports() {
    assertThat(
            ReportTarget.in(
                List.of(
                    "v=spf1 -all",
                    "v=TLSRPTv1; rua=mailto:a@example.com?subject=x, HTTPS://r.example/v1?d=1%2C2;")))
        .containsExactly(
            new ReportTarget.ByMail(
                "mailto:a@example.com?subject=x", MailAddress.of("a@example.com")),
            new ReportTarget.ByHttps(
                "HTTPS://r.example/v1?d=1%2C2", URI.create("HTTPS://r.example/v1?d=1%2C2")));
    assertThat(ReportTarget.in(List.of("v=TLSRPTv1;rua=mailto:a%2Bb+c@example.com; x=y")))
        .containsExactly(
            new ReportTarget.ByMail(
                "mailto:a%2Bb+c@example.com", MailAddress.of("a+b+c@example.com")));
  }

  @Test
  void leavesOutWhatIsNoPlace() {
    for (String text :
        List.of(
            "",
            "v=TLSRPTv1",
            "v=TLSRPTv2;rua=mailto:a@example.com",
            "v=TLSRPTv1;rua=",
            "v=TLSRPTv1;rua=a@example.com",
            "v=TLSRPTv1;rua=http://example.com/",
            "v=TLSRPTv1;rua=https:///x",
            "v=TLSRPTv1;rua=mailto:",
            "v=TLSRPTv1;rua=mailto:%zz@x",
            "v=TLSRPTv1;rua=https://exa mple.com/",
            "v=TLSRPTv1;rua=https://x/\r\nX: y",
            "v=TLSRPTv1;rua=mailto:a@example.com%0d%0aBcc:b@example.com",
            "rua=mailto:a@example.com;v=TLSRPTv1;")) {
      assertThat(ReportTarget.in(List.of(text))).as(text).isEmpty();
    }
    String record = "v=TLSRPTv1;rua=mailto:a@example.com";
    assertThat(ReportTarget.in(List.of(record, record))).as("two of them").isEmpty();
  }

  @Test
  void doesNotWriteToMany() {
    String many = "v=TLSRPTv1;rua=" + "mailto:a@example.com,".repeat(1_000);
    assertThat(ReportTarget.in(List.of(many))).hasSize(ReportTarget.TARGETS_MAX);
  }

  @Test
  void throwsForNothing() {
    var random = new Random(8_460);
    List<String> pieces =
        List.of(
            "v=TLSRPTv1",
            ";",
            "rua",
            "=",
            "mailto:",
            "https://",
            "a@b.example",
            "%",
            "%41",
            ",",
            " ",
            "?",
            "[",
            "]",
            "\n",
            "é",
            "#",
            "!");
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder("v=TLSRPTv1;rua=");
      for (int left = random.nextInt(12); left > 0; left--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      assertThat(ReportTarget.in(List.of(text.toString()))).isNotNull();
    }
  }
}
