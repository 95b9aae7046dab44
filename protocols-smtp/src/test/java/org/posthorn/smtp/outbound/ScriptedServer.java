package org.posthorn.smtp.outbound;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// A mail server that plays a script for each connection, one after the other, and notes where the
/// client departs from it. Lines of a script:
///
/// - `S: …` is sent, `C: …` must come next;
/// - `EHLO SIZE 20, DSN` hears the client introduce itself, and offers these extensions, if any;
/// - `MAIL SIZE=3 bob@example.net carl@example.net` takes a mail of ann's with these parameters for
///   these recipients, command by command, up to the go-ahead for its text;
/// - `QUIT` hears the goodbye and answers it, `STARTTLS` agrees to it and shakes hands;
/// - `DATA` takes a message up to its end mark, `SOME` the first bytes of one;
/// - `TLS` shakes hands, `MUTUAL` wants a certificate of the client for that, `GARBAGE` sends
///   something that is no TLS;
/// - `CLOSE` closes, `HOLD` says nothing until the client is gone, `STALL` does not even read,
///   `ENDLESS …` says it for ever.
final class ScriptedServer implements AutoCloseable {
  /// Beginnings of scripts: a server without TLS; one that offers it; one that shakes hands; and
  /// one that waits for mail under TLS.
  static final String IN_CLEAR = "S: 220 mx\nEHLO\n";

  static final String OFFERING_TLS = "S: 220 mx\nEHLO STARTTLS\n";
  static final String SHAKING_HANDS = OFFERING_TLS + "STARTTLS\n";
  static final String UNDER_TLS = SHAKING_HANDS + "EHLO\n";

  private static final SSLContext TLS = ofGreenMail();

  private volatile SSLContext tls = TLS;
  private final List<String> clients = Collections.synchronizedList(new ArrayList<>());
  private final ServerSocket listener;
  private final Deque<List<String>> scripts = new ArrayDeque<>();
  private final CountDownLatch played;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<String> departures = Collections.synchronizedList(new ArrayList<>());
  private final List<String> messages = Collections.synchronizedList(new ArrayList<>());

  private ScriptedServer(InetSocketAddress address, String... scripts) throws IOException {
    for (String script : scripts) {
      this.scripts.add(
          script.lines().filter(line -> !line.isBlank()).flatMap(ScriptedServer::inFull).toList());
    }
    played = new CountDownLatch(scripts.length);
    listener = new ServerSocket();
    listener.bind(address);
    Thread.ofVirtual().start(this::serve);
  }

  /// The steps that one stands for.
  private static Stream<String> inFull(String step) {
    String[] words = step.split(" ", 2);
    String rest = words.length == 1 ? "" : words[1];
    return switch (words[0]) {
      case "EHLO" -> hello(rest);
      case "MAIL" -> mail(rest.split(" ", -1));
      case "QUIT" -> Stream.of("C: QUIT", "S: 221 bye");
      case "STARTTLS" -> Stream.of("C: STARTTLS", "S: 220 go", "TLS");
      default -> Stream.of(step);
    };
  }

  private static Stream<String> hello(String extensions) {
    String[] lines = (extensions.isEmpty() ? "mx" : "mx, " + extensions).split(", ", -1);
    for (int i = 0; i < lines.length; i++) {
      lines[i] = (i < lines.length - 1 ? "S: 250-" : "S: 250 ") + lines[i];
    }
    return Stream.concat(Stream.of("C: EHLO " + SendingMta.NAME), Stream.of(lines));
  }

  private static Stream<String> mail(String... words) {
    List<String> steps = new ArrayList<>();
    var from = new StringBuilder("C: MAIL FROM:<ann@example.org>");
    for (String word : words) {
      if (word.indexOf('@') < 0) {
        from.append(' ').append(word);
      } else {
        steps.addAll(List.of("C: RCPT TO:<" + word + ">", "S: 250 ok"));
      }
    }
    steps.addAll(0, List.of(from.toString(), "S: 250 ok"));
    steps.addAll(List.of("C: DATA", "S: 354 go"));
    return steps.stream();
  }

  static ScriptedServer playing(String... scripts) throws IOException {
    return new ScriptedServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), scripts);
  }

  static ScriptedServer playingAt(String address, int port, String... scripts) throws IOException {
    return new ScriptedServer(new InetSocketAddress(InetAddress.ofLiteral(address), port), scripts);
  }

  /// With a certificate other than GreenMail's, which nobody vouches for.
  ScriptedServer certified(SSLContext context) {
    tls = context;
    return this;
  }

  /// Who came, by address.
  List<String> clients() {
    return List.copyOf(clients);
  }

  int port() {
    return listener.getLocalPort();
  }

  /// What came behind DATA, as it was on the line, without the end mark.
  List<String> messages() {
    return List.copyOf(messages);
  }

  /// Waits until all scripts have been played; fails if the client departed from one.
  void assertPlayed() throws InterruptedException {
    if (!played.await(60, TimeUnit.SECONDS)) {
      departures.add(played.getCount() + " scripts were not played to their end");
    }
    if (!departures.isEmpty()) {
      throw new AssertionError(String.join("\n", departures));
    }
  }

  private void serve() {
    while (!scripts.isEmpty()) {
      try (Socket client = listener.accept()) {
        clients.add(client.getInetAddress().getHostAddress());
        play(client, scripts.removeFirst());
      } catch (IOException | RuntimeException e) {
        if (listener.isClosed()) {
          return;
        }
        departures.add(e.toString());
      }
      played.countDown();
    }
  }

  private void play(Socket client, List<String> script) throws IOException {
    client.setSoTimeout(60_000);
    Socket socket = client;
    InputStream in = new BufferedInputStream(client.getInputStream());
    for (String step : script) {
      OutputStream out = socket.getOutputStream();
      String kind = step.substring(0, step.indexOf(' ') < 0 ? step.length() : step.indexOf(' '));
      String rest = step.substring(Math.min(step.length(), kind.length() + 1));
      switch (kind) {
        case "S:" -> out.write((rest + "\r\n").getBytes(StandardCharsets.UTF_8));
        case "C:" -> {
          String line = line(in);
          if (!line.equals(rest)) {
            departures.add("Expected <" + rest + "> but was <" + line + ">");
            return;
          }
        }
        case "DATA" -> messages.add(message(in));
        case "SOME" -> in.readNBytes(100);
        case "TLS", "MUTUAL" -> {
          SSLSocket secured =
              (SSLSocket) tls.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
          secured.setUseClientMode(false);
          secured.setNeedClientAuth(kind.equals("MUTUAL"));
          try {
            secured.startHandshake();
          } catch (IOException _) {
            return;
          }
          socket = secured;
          in = new BufferedInputStream(secured.getInputStream());
        }
        case "GARBAGE" -> out.write("this is no TLS at all\r\n".getBytes(StandardCharsets.UTF_8));
        case "HOLD" -> in.readAllBytes();
        case "STALL" -> stall();
        case "ENDLESS" -> endless(out, rest);
        case "CLOSE" -> {
          return;
        }
        default -> throw new IllegalArgumentException("No such step: " + step);
      }
      out.flush();
    }
  }

  private void stall() {
    try {
      if (!closing.await(30, TimeUnit.SECONDS)) {
        departures.add("Nobody ended the stall");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void endless(OutputStream out, String text) {
    try {
      while (true) {
        out.write(text.replace("\\r\\n", "\r\n").getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException _) {
      // The client had enough.
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      line.write(b);
      if (b == '\n') {
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r\n") ? text.substring(0, text.length() - 2) : text;
      }
    }
    return "(end)" + line.toString(StandardCharsets.UTF_8);
  }

  private static String message(InputStream in) throws IOException {
    StringBuilder message = new StringBuilder();
    for (String line = line(in); !line.equals("."); line = line(in)) {
      if (line.startsWith("(end)")) {
        return message.append(line).toString();
      }
      message.append(line).append("\r\n");
    }
    return message.toString();
  }

  private static SSLContext ofGreenMail() {
    char[] password = "changeit".toCharArray();
    try (InputStream file = ScriptedServer.class.getResourceAsStream("/greenmail.p12")) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(Objects.requireNonNull(file), password);
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    listener.close();
  }
}
