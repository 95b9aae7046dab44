package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Verdict;
import org.posthorn.message.HeaderField;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.NewMail;

/// clamd and rspamd, played by toys that speak their protocols.
class ScannersTest {
  private static final String MESSAGE = "Subject: one\n two\nFrom: a@example.net\n\nbody\n";

  private final List<String> heard = new CopyOnWriteArrayList<>();

  /// Serves one client.
  private interface Part {
    void play(DataInputStream in, DataOutputStream out) throws IOException;
  }

  @Test
  void hasClamdLookAtTheMessage() throws IOException {
    int clean = serve((in, out) -> playClamd(in, out, "stream: OK"));
    assertThat(clamd(clean))
        .isInstanceOfSatisfying(
            Verdict.Tag.class,
            tag -> assertThat(tag.attributes()).containsEntry("clamav", "clean"));
    assertThat(heard).containsExactly("zINSTREAM", MESSAGE.replace("\n", "\r\n"));
    int bad = serve((in, out) -> playClamd(in, out, "stream: Eicar-Test FOUND"));
    assertThat(clamd(bad))
        .isInstanceOfSatisfying(
            Verdict.Refuse.class, refuse -> assertThat(refuse.text()).contains("Eicar-Test"));
    int ill = serve((in, out) -> playClamd(in, out, "Can't allocate memory ERROR"));
    assertThatThrownBy(() -> clamd(ill)).hasMessageContaining("allocate memory");
  }

  @Test
  void doesAsRspamdSays() throws IOException {
    assertThat(rspamd("reject")).isInstanceOf(Verdict.Refuse.class);
    assertThat(rspamd("soft reject")).isInstanceOf(Verdict.Defer.class);
    assertThat(rspamd("add header"))
        .isInstanceOfSatisfying(
            Verdict.Tag.class,
            tag ->
                assertThat(tag.attributes())
                    .containsEntry("rspamd.spam", "yes")
                    .containsEntry("rspamd.score", "7.5"));
    assertThat(rspamd("no action"))
        .isInstanceOfSatisfying(
            Verdict.Tag.class,
            tag -> assertThat(tag.headers()).contains(new HeaderField("X-Spam-Flag", "NO")));
    assertThat(rspamd("quarantine"))
        .isInstanceOfSatisfying(
            Verdict.Change.class,
            change -> {
              assertThat(change.mail().attributes())
                  .containsEntry(NewMail.QUARANTINE, "rspamd: quarantine, score 7.5")
                  .containsEntry("rspamd.spam", "yes");
              assertThat(change.message().headers())
                  .contains(new HeaderField("X-Spam-Flag", "YES"));
            });
    assertThat(heard).contains("192.0.2.7 a@example.net bob@example.org client.example");
    assertThatThrownBy(() -> rspamd("")).hasMessageContaining("503");
  }

  /// As a milter's answers are read: addresses may stand in brackets, and what is no address
  /// changes nothing.
  @Test
  void changesSenderAndRecipientsAsRspamdSays() throws IOException {
    Verdict.Change all =
        changed(
            """
            {"change_from": "<new@example.com>",
             "add_rcpt": ["<c@example.org>", "d@example.org"],
             "del_rcpt": ["<BOB@example.org>"]}\
            """);
    assertThat(all.mail().sender()).contains(MailAddress.of("new@example.com"));
    assertThat(all.mail().addresses())
        .containsExactly(MailAddress.of("c@example.org"), MailAddress.of("d@example.org"));
    assertThat(all.reason()).isEqualTo("no action, score 7.5");

    Verdict.Change none =
        changed(
            """
            {"change_from": "nonsense", "add_rcpt": ["<>", "c@example.org"],
             "del_rcpt": "x@example.org"}\
            """);
    assertThat(none.mail().sender()).contains(MailAddress.of("a@example.net"));
    assertThat(none.mail().addresses())
        .containsExactly(MailAddress.of("bob@example.org"), MailAddress.of("c@example.org"));
    assertThat(none.reason())
        .isEqualTo(
            "no action, score 7.5; no such recipient; recipient not added; sender not changed");

    assertThat(changed("{\"change_from\": \"<>\"}").mail().sender()).isEmpty();
  }

  /// rspamd tells bounces by it; without the field it knows of no sender at all.
  @Test
  void tellsRspamdOfTheNullSender() throws IOException {
    rspamd("no action", "{}", GatesTest.mail("a@example.net").withSender(Optional.empty()));
    assertThat(heard).containsExactly("192.0.2.7 <> bob@example.org client.example");
  }

  /// They stand beside what it calls milter, one or several, on top of all else.
  @Test
  void takesOverTheSignaturesThatRspamdMakes() throws IOException {
    String one = "v=1; a=rsa-sha256; d=example.net;\\r\\n\\ts=a; b=abc";
    Verdict.Change signed =
        (Verdict.Change) rspamd("no action", "{}, \"dkim-signature\": \"" + one + "\"");
    assertThat(signed.message().toString())
        .isEqualTo(
            "DKIM-Signature: v=1; a=rsa-sha256; d=example.net;\r\n\ts=a; b=abc\r\n"
                + "X-Spam-Flag: NO\r\nX-Spam-Score: 7.5\r\n"
                + MESSAGE.replace("\n", "\r\n"));
    Verdict.Change twice =
        (Verdict.Change)
            rspamd("no action", "{}, \"dkim-signature\": [\"v=1; s=a\", \"v=1; s=b\"]");
    assertThat(twice.message().headers())
        .startsWith(
            new HeaderField("DKIM-Signature", "v=1; s=a"),
            new HeaderField("DKIM-Signature", "v=1; s=b"));
  }

  private Verdict.Change changed(String milter) throws IOException {
    return (Verdict.Change) rspamd("no action", milter);
  }

  private static Verdict clamd(int port) {
    Gate gate =
        TestParameters.gate(
            new ClamAv.Factory(), Map.of("clamd", "127.0.0.1:" + port), new TestServices());
    return judge(gate, GatesTest.mail("a@example.net"));
  }

  private Verdict rspamd(String action) throws IOException {
    return rspamd(action, "{}");
  }

  private Verdict rspamd(String action, String milter) throws IOException {
    return rspamd(action, milter, GatesTest.mail("a@example.net"));
  }

  private Verdict rspamd(String action, String milter, IncomingMail mail) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    server.createContext(
        "/checkv2",
        exchange -> {
          var headers = exchange.getRequestHeaders();
          exchange.getRequestBody().readAllBytes();
          heard.add(
              headers.getFirst("IP")
                  + " "
                  + headers.getFirst("From")
                  + " "
                  + headers.getFirst("Rcpt")
                  + " "
                  + headers.getFirst("Helo"));
          byte[] answer =
              ("{\"is_skipped\":false,\"score\":7.5,\"required_score\":15.0,\"action\":\""
                      + action
                      + "\",\"symbols\":{\"X\":{\"score\":1.0}},\"milter\":"
                      + milter
                      + "}")
                  .getBytes(UTF_8);
          exchange.sendResponseHeaders(action.isEmpty() ? 503 : 200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      return judge(
          TestParameters.gate(new Rspamd.Factory(), Map.of("url", url), new TestServices()), mail);
    } finally {
      server.stop(0);
    }
  }

  private static Verdict judge(Gate gate, IncomingMail mail) {
    return gate.content(GatesTest.visitor("192.0.2.7"), mail, HeapMessage.of(MESSAGE));
  }

  private void playClamd(DataInputStream in, DataOutputStream out, String answer)
      throws IOException {
    heard.add(new String(in.readNBytes(10), ISO_8859_1).replace("\0", ""));
    var message = new StringBuilder();
    for (int length = in.readInt(); length > 0; length = in.readInt()) {
      message.append(new String(in.readNBytes(length), ISO_8859_1));
    }
    heard.add(message.toString());
    out.write((answer + '\0').getBytes(ISO_8859_1));
    out.flush();
  }

  /// Plays the part for one client, on a free port.
  private static int serve(Part part) throws IOException {
    var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(() -> {
          try (listener;
              Socket client = listener.accept();
              var in = new DataInputStream(client.getInputStream());
              var out = new DataOutputStream(client.getOutputStream())) {
            part.play(in, out);
          } catch (IOException _) {
            // The client is gone.
          }
        });
    return listener.getLocalPort();
  }
}
