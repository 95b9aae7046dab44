package org.posthorn.app.transfer.imap;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// A connection to another IMAP server (RFC 3501, RFC 9051), as far as an import speaks it.
/// Commands may be sent ahead: [#send] gives the tag, [#await] reads up to its answer. Used by one
/// thread.
final class ImapConnection implements Closeable {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(30);

  /// Servers take their time to open a large mailbox.
  private static final Duration ANSWER_MAX = Duration.ofMinutes(5);

  private static final int BUFFER_BYTES = 64 << 10;

  private final ImapServerAddress address;
  private Socket socket;
  private ImapResponses responses;
  private OutputStream out;
  private Set<String> capabilities = Set.of();
  private int tags;

  /// The server says no, and why.
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean isForNow;

    Refused(String message) {
      this(message, false);
    }

    Refused(String message, boolean isForNow) {
      super(message);
      this.isForNow = isForNow;
    }

    /// It cannot just now (RFC 5530 §3, UNAVAILABLE): the same may do later.
    boolean isForNow() {
      return isForNow;
    }
  }

  /// Takes each untagged response.
  interface Untagged {
    void take(List<Object> response) throws IOException;
  }

  private ImapConnection(ImapServerAddress address, Socket socket) throws IOException {
    this.address = address;
    this.socket = socket;
    this.responses = responses(socket);
    this.out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
  }

  /// Connected, protected as asked, and logged in.
  static ImapConnection open(ImapServerAddress address, String login, String password)
      throws IOException {
    var socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(Math.toIntExact(ANSWER_MAX.toMillis()));
      socket.connect(
          new InetSocketAddress(address.host(), address.port()),
          Math.toIntExact(CONNECT_MAX.toMillis()));
      boolean tls = address.security() == ImapServerAddress.Security.TLS;
      var connection = new ImapConnection(address, tls ? secured(address, socket) : socket);
      connection.begin(login, password);
      return connection;
    } catch (SSLException e) {
      socket.close();
      throw new Refused(
          "No TLS with %s port %d: %s. If the certificate is its own and you know it:  --insecure"
              .formatted(address.host(), address.port(), e.getMessage()));
    } catch (IOException e) {
      socket.close();
      throw e instanceof Refused
          ? e
          : new IOException(
              "No connection to %s port %d: %s"
                  .formatted(address.host(), address.port(), e.getMessage()),
              e);
    }
  }

  private void begin(String login, String password) throws IOException {
    List<Object> greeting = responses.next();
    if (greeting.size() < 2 || !ImapResponses.is(greeting.get(1), "OK")) {
      throw new Refused("The server does not let us in: " + ImapResponses.text(greeting));
    }
    if (address.security() == ImapServerAddress.Security.STARTTLS) {
      run("STARTTLS", _ -> {});
      socket = secured(address, socket);
      responses = responses(socket);
      out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
    }
    readCapabilities();
    try {
      login(login, password);
    } catch (Refused e) {
      String what = e.isForNow() ? "cannot take the login of " : "refuses the login of ";
      throw new Refused("The server " + what + login + ": " + e.getMessage(), e.isForNow());
    }
    readCapabilities();
  }

  private void login(String login, String password) throws IOException {
    boolean plainText = (login + password).chars().allMatch(c -> c >= ' ' && c < 127);
    if (plainText && !can("LOGINDISABLED")) {
      run("LOGIN " + quoted(login) + " " + quoted(password), _ -> {});
      return;
    }
    String response =
        Base64.getEncoder()
            .encodeToString(("\0" + login + "\0" + password).getBytes(StandardCharsets.UTF_8));
    String tag = send("AUTHENTICATE PLAIN");
    out.flush();
    List<Object> go = responses.next();
    if (!ImapResponses.is(go.getFirst(), "+")) {
      throw new Refused("The server does not take passwords: " + ImapResponses.text(go));
    }
    out.write((response + "\r\n").getBytes(StandardCharsets.US_ASCII));
    await(tag, _ -> {});
  }

  private void readCapabilities() throws IOException {
    var found = new HashSet<String>();
    run(
        "CAPABILITY",
        response -> {
          if (response.size() > 1 && ImapResponses.is(response.get(1), "CAPABILITY")) {
            response.forEach(word -> found.add(word.toString().toUpperCase(Locale.ROOT)));
          }
        });
    capabilities = found;
  }

  boolean can(String capability) {
    return capabilities.contains(capability);
  }

  /// Sends a command and takes its answer. Throws [Refused] when it is not OK.
  void run(String command, Untagged each) throws IOException {
    await(send(command), each);
  }

  /// Opens a mailbox read-only, `byModSeq` with what changes are counted by.
  Opened examine(String wireName, boolean byModSeq) throws IOException {
    var opened = new Opened();
    run("EXAMINE " + quoted(wireName) + (byModSeq ? " (CONDSTORE)" : ""), opened::take);
    return opened;
  }

  /// Sends a command; it leaves at the latest when an answer is awaited.
  String send(String command) throws IOException {
    tags++;
    String tag = "p" + tags;
    out.write((tag + " " + command + "\r\n").getBytes(StandardCharsets.UTF_8));
    return tag;
  }

  void await(String tag, Untagged each) throws IOException {
    await(
        tag,
        each,
        (_, _) -> {
          throw new IOException("The server sent a message that was not asked for");
        });
  }

  /// Reads up to the answer to `tag`; a message in it goes to `message`.
  void await(String tag, Untagged each, ImapResponses.Body message) throws IOException {
    out.flush();
    while (true) {
      List<Object> response = responses.next(message);
      if (response.size() > 1 && response.getFirst().equals(tag)) {
        if (!ImapResponses.is(response.get(1), "OK")) {
          throw refused(response);
        }
        return;
      }
      if (response.size() > 1 && ImapResponses.is(response.get(1), "BYE")) {
        throw new IOException("The server says good-bye: " + ImapResponses.text(response));
      }
      each.take(response);
    }
  }

  private static Refused refused(List<Object> response) {
    String words = ImapResponses.text(response.subList(1, response.size()));
    return new Refused(words, words.toUpperCase(Locale.ROOT).startsWith("NO [UNAVAILABLE]"));
  }

  static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static ImapResponses responses(Socket socket) throws IOException {
    return new ImapResponses(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
  }

  private static Socket secured(ImapServerAddress address, Socket plain) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager[] trust = address.anyCertificate() ? new TrustManager[] {new Anybody()} : null;
      context.init(null, trust, null);
      var secure =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, address.host(), address.port(), true);
      if (!address.anyCertificate()) {
        var parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
      }
      secure.startHandshake();
      return secure;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /// For who says that the certificate does not matter.
  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      // We have no clients.
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      // Whoever asked for it knows why.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Override
  public void close() throws IOException {
    try {
      send("LOGOUT");
      out.flush();
    } catch (IOException _) {
      // It is gone already.
    } finally {
      socket.close();
    }
  }
}
