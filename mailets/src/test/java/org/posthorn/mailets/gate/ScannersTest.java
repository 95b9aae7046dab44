package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Verdict;

/// Milters, clamd and rspamd, played by toys that speak their protocols.
class ScannersTest {
  private static final String MESSAGE = "Subject: one\n two\nFrom: a@example.net\n\nbody\n";

  private final List<String> heard = new CopyOnWriteArrayList<>();

  /// Serves one client.
  private interface Part {
    void play(DataInputStream in, DataOutputStream out) throws IOException;
  }

  @Test
  void tellsAMilterAllAndAddsWhatItSays() throws IOException {
    int port = serve((in, out) -> playMilter(in, out, List.of("h", "X-Milter\0seen\0"), "c", ""));
    Verdict verdict = milter(port);
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.Tag.class, tag -> assertThat(tag.headers()).containsEntry("X-Milter", "seen"));
    assertThat(heard.stream().filter(said -> !said.equals("Q")))
        .containsExactly(
            "O",
            "DCj\0mail.example.org\0",
            "C[192.0.2.7]\0004\0\000192.0.2.7\0",
            "Hclient.example\0",
            "DMi\0c1\0{mail_addr}\0a@example.net\0",
            "M<a@example.net>\0",
            "DR{rcpt_addr}\0bob@example.org\0",
            "R<bob@example.org>\0",
            "T",
            "LSubject\0one\n two\0",
            "LFrom\0a@example.net\0",
            "N",
            "Bbody\r\n",
            "E");
  }

  @Test
  void repliesAsAMilterSays() throws IOException {
    int port = serve((in, out) -> playMilter(in, out, List.of(), "y", "554 5.7.9 Not today\0"));
    assertThat(milter(port))
        .isEqualTo(new Verdict.Refuse(554, "5.7.9", "Not today", "milter: 554 5.7.9 Not today"));
    int other = serve((in, out) -> playMilter(in, out, List.of(), "t", ""));
    assertThat(milter(other)).isInstanceOf(Verdict.Defer.class);
  }

  @Test
  void failsWhereThereIsNoMilter() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertThatThrownBy(() -> milter(port)).hasMessageContaining("milter at");
    int nonsense = serve((_, out) -> out.writeInt(-1));
    assertThatThrownBy(() -> milter(nonsense)).hasMessageContaining("-1 bytes");
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
    int ill = serve((in, out) -> playClamd(in, out, "INSTREAM size limit exceeded. ERROR"));
    assertThatThrownBy(() -> clamd(ill)).hasMessageContaining("size limit");
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
            Verdict.Tag.class, tag -> assertThat(tag.headers()).containsEntry("X-Spam-Flag", "NO"));
    assertThat(heard).contains("192.0.2.7 a@example.net bob@example.org client.example");
    assertThatThrownBy(() -> rspamd("")).hasMessageContaining("503");
  }

  private static Verdict milter(int port) {
    Gate gate =
        TestParameters.gate(
            new Milter.Factory(), Map.of("at", "127.0.0.1:" + port), new TestServices());
    return judge(gate);
  }

  private static Verdict clamd(int port) {
    Gate gate =
        TestParameters.gate(
            new ClamAv.Factory(), Map.of("clamd", "127.0.0.1:" + port), new TestServices());
    return judge(gate);
  }

  private Verdict rspamd(String action) throws IOException {
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
                      + "\",\"symbols\":{\"X\":{\"score\":1.0}}}")
                  .getBytes(UTF_8);
          exchange.sendResponseHeaders(action.isEmpty() ? 503 : 200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      return judge(
          TestParameters.gate(new Rspamd.Factory(), Map.of("url", url), new TestServices()));
    } finally {
      server.stop(0);
    }
  }

  private static Verdict judge(Gate gate) {
    return gate.content(
        GatesTest.visitor("192.0.2.7"), GatesTest.mail("a@example.net"), HeapMessage.of(MESSAGE));
  }

  /// A milter of version 6 that wants to hear all and answers all, and in the end says `changes`
  /// and then `end`.
  private void playMilter(
      DataInputStream in, DataOutputStream out, List<String> changes, String end, String text)
      throws IOException {
    while (true) {
      byte[] packet;
      try {
        packet = in.readNBytes(in.readInt());
      } catch (EOFException _) {
        return;
      }
      String said = new String(packet, ISO_8859_1);
      heard.add(said.startsWith("O") ? "O" : shortened(said));
      switch (said.charAt(0)) {
        case 'O' -> {
          byte[] terms = ByteBuffer.allocate(12).putInt(6).putInt(1).putInt(0).array();
          send(out, "O", new String(terms, ISO_8859_1));
        }
        case 'D', 'Q' -> {}
        case 'E' -> {
          if (!changes.isEmpty()) {
            send(out, changes.get(0), changes.get(1));
          }
          send(out, end, text);
        }
        default -> send(out, "c", "");
      }
    }
  }

  /// Without macros that have no order.
  private static String shortened(String said) {
    return said.startsWith("DC") ? "DCj\0mail.example.org\0" : said;
  }

  private static void send(DataOutputStream out, String kind, String data) throws IOException {
    byte[] bytes = (kind + data).getBytes(ISO_8859_1);
    out.writeInt(bytes.length);
    out.write(bytes);
    out.flush();
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
