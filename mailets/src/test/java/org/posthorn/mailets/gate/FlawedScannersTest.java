package org.posthorn.mailets.gate;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.HeapMessage;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.TestParameters;
import org.posthorn.mailet.TestServices;

/// clamd and rspamd that hang, hang up, talk nonsense or never stop talking: the gate fails in time
/// and closes its connection.
class FlawedScannersTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String BIG = "Subject: big\n\n" + "0123456789\n".repeat(1_000_000);

  private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

  /// Serves one client.
  private interface Part {
    void play(InputStream in, OutputStream out) throws IOException, InterruptedException;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  @Test
  void failsWhereScannersHangUp() throws IOException {
    clamdFails((_, _) -> {}, "clamd at 127.0.0.1");
    rspamdFails((_, _) -> {}, "rspamd at http://127.0.0.1");
    clamdFails((in, _) -> in.readNBytes(100), "clamd at");
    rspamdFails((in, _) -> in.readNBytes(100), "rspamd at");
    rspamdFails(
        (_, out) -> out.write((OK + "Content-Length: 9\r\n\r\n{").getBytes(ISO_8859_1)),
        "rspamd at");
  }

  @Test
  void failsInTimeWhereScannersAreSilent() throws IOException {
    Part silent = (in, _) -> in.transferTo(OutputStream.nullOutputStream());
    clamdFails(silent, "no answer in 300 ms");
    rspamdFails(silent, "no answer in 300 ms");
    rspamdFails(
        (in, out) -> say(in, out, OK + "Content-Length: 100\r\n\r\n{"), "no answer in 300 ms");
    Part deaf = (_, _) -> Thread.sleep(Duration.ofSeconds(20));
    clamdFails(deaf, "no answer in 300 ms");
    rspamdFails(deaf, "no answer in 300 ms");
  }

  @Test
  void failsWhereScannersTalkNonsense() throws IOException {
    clamdFails((in, out) -> say(in, out, "\1\2\3 what\n"), "clamd at");
    clamdFails((in, out) -> say(in, out, "\0"), "it says nothing");
    rspamdFails((in, out) -> say(in, out, "SSH-2.0-x\r\n\r\n"), "rspamd at");
    rspamdFails((in, out) -> say(in, out, json("[1, 2")), "no JSON");
    rspamdFails((in, out) -> say(in, out, json("{}")), "no action");
    rspamdFails((in, out) -> say(in, out, json("[".repeat(5_000))), "no JSON");
    rspamdFails(
        (in, out) -> say(in, out, "HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
        "says 302");
  }

  @Test
  void failsInTimeWhereScannersNeverStop() throws IOException {
    Part endless =
        (_, out) -> {
          while (true) {
            out.write("blah ".repeat(10_000).getBytes(ISO_8859_1));
          }
        };
    clamdFails(endless, "clamd at");
    rspamdFails(endless, "rspamd at");
    rspamdFails(
        (in, out) -> {
          out.write((OK + "Connection: close\r\n\r\n").getBytes(ISO_8859_1));
          endless.play(in, out);
        },
        "rspamd at");
    rspamdFails(
        (_, out) -> {
          out.write(OK.getBytes(ISO_8859_1));
          while (true) {
            out.write("X-Header: y\r\n".repeat(1_000).getBytes(ISO_8859_1));
          }
        },
        "rspamd at");
  }

  private void clamdFails(Part part, String why) throws IOException {
    fails(new ClamAv.Factory(), "clamd", "127.0.0.1:" + serve(part), why);
  }

  private void rspamdFails(Part part, String why) throws IOException {
    fails(new Rspamd.Factory(), "url", "http://127.0.0.1:" + serve(part), why);
  }

  private static void fails(GateFactory<?> factory, String name, String place, String why) {
    Gate gate =
        TestParameters.gate(factory, Map.of(name, place, "patience", "300ms"), new TestServices());
    Message message = HeapMessage.of(BIG);
    long start = System.nanoTime();
    assertThatThrownBy(() ->
            gate.content(GatesTest.visitor("192.0.2.7"), GatesTest.mail("a@example.net"), message))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(why);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
  }

  private static String json(String text) {
    return OK + "Content-Length: " + text.length() + "\r\n\r\n" + text;
  }

  /// Says it at once, and hears the rest.
  private static void say(InputStream in, OutputStream out, String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
    out.flush();
    in.transferTo(OutputStream.nullOutputStream());
  }

  private int serve(Part part) throws IOException {
    var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    open.add(listener);
    Thread.ofVirtual()
        .start(() -> {
          while (!listener.isClosed()) {
            try (Socket client = listener.accept()) {
              open.add(client);
              part.play(client.getInputStream(), client.getOutputStream());
            } catch (IOException | InterruptedException _) {
              // The other side has had enough.
            }
          }
        });
    return listener.getLocalPort();
  }
}
