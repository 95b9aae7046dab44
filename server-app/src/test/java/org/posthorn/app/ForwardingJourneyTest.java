package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Mail that one server sends on to another, and what comes back, over real sockets: example.org is
/// here, where there are aliases; eve and bob are there, in elsewhere.example.
@Timeout(120)
class ForwardingJourneyTest {
  private static final Pattern RETURN_PATH =
      Pattern.compile("Return-Path: <(SRS0=[^>]*)>", Pattern.CASE_INSENSITIVE);

  @TempDir Path data;

  @Test
  void aForwardedMailAndItsBouncesFindTheirWay() throws IOException {
    try (TestServer there = there();
        TestServer here = here(there);
        WireClient smtp = here.connect("mx")) {
      smtp.reply();
      smtp.smtp("EHLO mx.elsewhere.example");
      assertThat(deliver(smtp, "eve@elsewhere.example", "away@example.org", "sent on"))
          .startsWith("250");
      String ours = returnPath(there.message("bob@elsewhere.example", 1));
      assertThat(ours).endsWith("@example.org");

      assertThat(deliver(smtp, "", ours, "a bounce from outside")).startsWith("250");
      assertThat(there.message("eve@elsewhere.example", 1))
          .contains("a bounce from outside", "Return-Path: <>");

      assertThat(deliver(smtp, "eve@elsewhere.example", "lost@example.org", "into the void"))
          .startsWith("250");
      assertThat(there.message("eve@elsewhere.example", 2))
          .contains("Not delivered: into the void", "Original-Recipient: rfc822; lost@example.org");

      assertThat(deliver(smtp, "spammer@example.com", ours, "spam")).startsWith("550 5.7.1");
      smtp.smtp("RSET");
      assertThat(deliver(smtp, "", ours.replace("eve", "bob"), "forged")).startsWith("550 5.1.1");
    }
  }

  private TestServer there() throws IOException {
    return TestServer.start(data.resolve("there"))
        .withAccounts("bob@elsewhere.example", "eve@elsewhere.example");
  }

  private TestServer here(TestServer there) throws IOException {
    TestServer here =
        TestServer.start(
                data.resolve("here"),
                "outbound.static-routes={elsewhere.example: \"127.0.0.1:%d\"}"
                    .formatted(there.port("mx")))
            .withUsers("ann");
    for (Map.Entry<String, String> alias : Map.of("away", "bob", "lost", "nobody").entrySet()) {
      here.admin()
          .put(
              "/aliases/" + alias.getKey() + "@example.org",
              Map.of("targets", List.of(alias.getValue() + "@elsewhere.example")));
    }
    return here;
  }

  private static String deliver(WireClient smtp, String from, String to, String subject)
      throws IOException {
    return smtp.deliver(
        from,
        to,
        "From: <eve@elsewhere.example>\r\nSubject: %s\r\n\r\nHello\r\n".formatted(subject));
  }

  private static String returnPath(String message) {
    Matcher found = RETURN_PATH.matcher(message);
    assertThat(found.find()).as(message).isTrue();
    return found.group(1);
  }
}
