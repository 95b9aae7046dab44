package org.posthorn.mailets.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetContract;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.TestHttp;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.files.DataFolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a program hears of a mail, and what becomes of the mail by what it answers.
final class ToHttpTest implements MailetContract {
  private static final String URL = "https://tickets.example.com/mail";

  private static final String MESSAGE =
      """
      From: Ann <ann@example.org>
      Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
      Received: from a by b
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary=o

      --o
      Content-Type: text/html; charset=iso-8859-1
      Content-Transfer-Encoding: quoted-printable

      <p>sch=F6n</p>
      --o
      Content-Type: image/png
      Content-Disposition: attachment; filename=a.png

      B
      --o--
      """;

  private final TestServices services = new TestServices();

  @TempDir private Path folder;

  @Override
  public Mailet mailet() {
    services.http().with(URL, 204, "");
    return toHttp();
  }

  private Mailet toHttp(String... more) {
    Map<String, Object> named = new HashMap<>(Map.of("url", URL));
    for (int i = 0; i < more.length; i += 2) {
      named.put(more[i], more[i + 1]);
    }
    return TestParameters.mailet(ToHttp.factory(new DataFolder(folder)), named, services);
  }

  private static Mail mail() throws IOException {
    return new Mail(
        new MailId("m1"),
        Optional.of(MailAddress.of("ann@example.org")),
        List.of(Recipient.of(MailAddress.of("tickets@example.net"))),
        HeapMessage.of(MESSAGE),
        new Origin(
            Optional.of(InetAddress.getByName("192.0.2.1")),
            "client.example",
            Optional.empty(),
            "ESMTPS",
            "c1",
            Instant.parse("2026-11-22T12:00:00Z")),
        Map.of("example.score", "5"));
  }

  private TestHttp.Sent sent() {
    return services.http().sent().getLast();
  }

  @Test
  void tellsEnvelopeFieldsTextAndNotes() throws IOException {
    Outcome outcome = mailet().service(mail());
    assertThat(((Outcome.Continue) outcome).mail().attributes())
        .containsEntry("http.status", "204");
    JsonNode json = JsonMapper.shared().readTree(sent().text());
    assertThat(json.path("id").asString()).isEqualTo("m1");
    assertThat(json.path("received").asString()).isEqualTo("2026-11-22T12:00:00Z");
    assertThat(json.path("sender").asString()).isEqualTo("ann@example.org");
    assertThat(json.path("recipients").get(0).asString()).isEqualTo("tickets@example.net");
    assertThat(json.path("remote").asString()).isEqualTo("192.0.2.1");
    assertThat(json.path("headers").size()).isEqualTo(2);
    assertThat(json.path("headers").get(1).path("value").asString()).isEqualTo("Gr\u00fc\u00dfe");
    assertThat(json.path("text").asString()).isEqualTo("sch\u00f6n\r\n");
    assertThat(json.path("textIsWhole").asBoolean()).isTrue();
    assertThat(json.path("attachments").get(0).path("name").asString()).isEqualTo("a.png");
    assertThat(json.path("attributes").path("example.score").asString()).isEqualTo("5");
    assertThat(sent().request().headers()).containsEntry("Content-Type", "application/json");
  }

  @Test
  void theTextHasABound() throws IOException {
    mailet();
    toHttp("text", "3").service(mail());
    JsonNode json = JsonMapper.shared().readTree(sent().text());
    assertThat(json.path("text").asString()).isEqualTo("sch");
    assertThat(json.path("textIsWhole").asBoolean()).isFalse();
    toHttp("text", "0", "fields", "Received").service(mail());
    json = JsonMapper.shared().readTree(sent().text());
    assertThat(json.has("text")).isFalse();
    assertThat(json.path("headers").get(0).path("name").asString()).isEqualTo("Received");
  }

  /// Strict readers of JSON refuse the whole of it for half a character.
  @Test
  void nothingIsCutWithinACharacter() throws IOException {
    mailet();
    String subject = "x".repeat(1_999) + "\uD83D\uDE00";
    Mail mail = mail().withMessage(HeapMessage.of("Subject: " + subject + "\n\nab\uD83D\uDE00c\n"));
    toHttp("text", "3").service(mail);
    assertThat(sent().text()).doesNotContain("\\uD83D");
    JsonNode json = JsonMapper.shared().readTree(sent().text());
    assertThat(json.path("text").asString()).isEqualTo("ab");
    assertThat(json.path("textIsWhole").asBoolean()).isFalse();
    assertThat(json.path("headers").get(0).path("value").asString()).isEqualTo("x".repeat(1_999));
  }

  @Test
  void sendsTheMessageAsItIs() throws IOException {
    mailet();
    toHttp("send", "message").service(mail());
    assertThat(sent().text()).isEqualTo(MESSAGE.replace("\n", "\r\n"));
    assertThat(sent().request().headers()).containsEntry("Content-Type", "message/rfc822");
    Outcome large = toHttp("send", "message", "limit", "10B").service(mail());
    assertThat(((Outcome.Continue) large).mail().attributes())
        .containsEntry("http.status", "too large");
    assertThat(services.http().sent()).hasSize(1);
  }

  @Test
  void whatIsTriedAgainHasTheSameId() throws IOException {
    services.http().with(URL, 503, "");
    assertThat(toHttp().service(mail()))
        .isEqualTo(new Outcome.Retry("https://tickets.example.com answers 503"));
    services.http().with(URL, 200, "");
    toHttp().service(mail());
    List<String> ids =
        services.http().sent().stream()
            .map(one -> one.request().headers().get("Idempotency-Key"))
            .toList();
    assertThat(ids.getFirst()).matches("\"m1-[0-9a-f]{12}\"").isEqualTo(ids.getLast());
    toHttp()
        .service(mail().withRecipients(List.of(Recipient.of(MailAddress.of("other@example.net")))));
    assertThat(sent().request().headers().get("Idempotency-Key")).isNotEqualTo(ids.getFirst());
  }

  @Test
  void signsAsTheStandardWebhooksSay() throws Exception {
    byte[] secret = "a secret of some length!".getBytes(StandardCharsets.UTF_8);
    Files.writeString(
        folder.resolve("secret"), "whsec_" + Base64.getEncoder().encodeToString(secret) + "\n");
    Files.writeString(folder.resolve("token"), "Bearer abc\n");
    mailet();
    toHttp("secret-file", "secret", "authorization-file", "token").service(mail());
    Map<String, String> headers = sent().request().headers();
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    String signed =
        headers.get("webhook-id") + "." + headers.get("webhook-timestamp") + "." + sent().text();
    assertThat(headers)
        .containsEntry(
            "webhook-signature",
            "v1,"
                + Base64.getEncoder()
                    .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))))
        .containsEntry("Authorization", "Bearer abc");
    assertThatThrownBy(() -> toHttp("secret-file", "none"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("no file");
  }

  @Test
  void theOperatorSaysWhatBecomesOfAMailThatNobodyTakes() throws IOException {
    assertThat(toHttp().service(mail())).isInstanceOf(Outcome.Retry.class);
    assertThat(toHttp("if-failed", "continue").service(mail()))
        .isInstanceOf(Outcome.Continue.class);
    services.http().with(URL, 404, "");
    Outcome goesOn = toHttp().service(mail());
    assertThat(((Outcome.Continue) goesOn).mail().attributes()).containsEntry("http.status", "404");
    assertThat(toHttp("if-refused", "retry").service(mail())).isInstanceOf(Outcome.Retry.class);
    var bounced = (Outcome.Route) toHttp("if-refused", "bounce").service(mail());
    assertThat(bounced.processor()).isEqualTo("bounces");
    assertThat(bounced.mail().recipients().getFirst().failure().orElseThrow().lastTry())
        .contains(services.clock().instant());
    services.http().with(URL, 429, "");
    assertThat(toHttp("if-refused", "bounce").service(mail())).isInstanceOf(Outcome.Retry.class);
    services.http().with(URL, 200, "");
    assertThat(toHttp("then", "finish").service(mail()))
        .isEqualTo(new Outcome.Finish("told tickets.example.com"));
    services.http().with(URL, _ -> new Http.Failure(Http.Reason.REHEARSED, "not sent"));
    assertThat(toHttp("then", "finish").service(mail())).isInstanceOf(Outcome.Finish.class);
  }

  /// Nobody reads it, and the status is known before it.
  @Test
  void howLongTheAnswerIsDoesNotMatter() throws IOException {
    String page = "x".repeat((1 << 20) + 1);
    services.http().with(URL, 200, page);
    Outcome taken = toHttp("if-refused", "bounce").service(mail());
    assertThat(((Outcome.Continue) taken).mail().attributes()).containsEntry("http.status", "200");
    services.http().with(URL, 503, page);
    assertThat(toHttp("if-refused", "bounce").service(mail()))
        .isEqualTo(new Outcome.Retry("https://tickets.example.com answers 503"));
    services.http().with(URL, 404, page);
    assertThat(toHttp("if-refused", "bounce").service(mail())).isInstanceOf(Outcome.Route.class);
  }

  @Test
  void refusesWhatIsNoUrl() {
    for (String url : List.of("ftp://example.com/", "/hook", "https://me:secret@example.com/")) {
      assertThatThrownBy(() -> toHttp("url", url))
          .as(url)
          .isInstanceOf(ParameterException.class)
          .hasMessageContaining("should be");
    }
  }
}
