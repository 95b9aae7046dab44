package org.posthorn.mailets.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.AddressText;
import org.posthorn.message.HeaderField;

/// Has rspamd judge the message (`/checkv2` of its normal worker) and does as it says: reject is a
/// refusal, soft reject comes again, discard is thrown away, all else goes on, with the header
/// fields that rspamd adds and takes away, its signatures, and its subject. Notes score and action
/// as `rspamd.score` and `rspamd.action`, and for people as header fields.
final class Rspamd implements Gate {
  /// It names all hosts and addresses that are in a message, up to 10,000 of each.
  private static final int ANSWER_MAX = 8 << 20;

  /// What the recipients may take of the request's header: rspamd hangs up on one of more than 80
  /// KiB, and then nobody would have judged the mail.
  private static final int RECIPIENTS_MAX_BYTES = 60 << 10;

  /// Around a recipient in that header.
  private static final int LINE_BYTES = "Rcpt: \r\n".length();

  private static final Pattern BEYOND_ASCII = Pattern.compile("[^ -~]");

  private final HttpClient client;
  private final URI check;
  private final Duration patience;
  private final long maxBytes;
  private final Optional<String> password;
  private final String hostname;

  private Rspamd(Settings settings, String hostname) {
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    this.check = settings.url.resolve("/checkv2");
    this.patience = settings.patience;
    this.maxBytes = settings.maxSizeBytes;
    this.password = settings.password;
    this.hostname = hostname;
  }

  public record Settings(
      @Parameter(value = "Where rspamd listens.", otherwise = "http://127.0.0.1:11333") URI url,
      @Parameter(value = "How long it may take.", otherwise = "15s") Duration patience,
      @Parameter(value = "Larger messages are not judged.", otherwise = "20MB") long maxSizeBytes,
      @Parameter("The password of its worker.") Optional<String> password) {
    public Settings {
      try {
        HttpRequest.newBuilder(url);
      } catch (IllegalArgumentException _) {
        throw new ParameterException(
            "parameter 'url' is '" + url + "', but should be such as http://127.0.0.1:11333");
      }
    }

    /// No password in a log.
    @Override
    public String toString() {
      return "Settings[url=" + url + "]";
    }
  }

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "Rspamd";
    }

    @Override
    public String summary() {
      return "Has rspamd judge each message, and does as it says.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new Rspamd(settings, services.hostname());
    }
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    if (message.sizeBytes() > maxBytes) {
      return Verdict.tag("rspamd.action", "too big", message.sizeBytes() + " bytes are too much");
    }
    try {
      RspamdAnswer answer = RspamdAnswer.of(answer(request(visitor, mail, message)));
      return switch (answer.action()) {
        case "reject" ->
            Verdict.refuse(answer.text().orElse("The message looks like spam"), answer.reason());
        case "soft reject" ->
            Verdict.defer(answer.text().orElse("Please try again later"), answer.reason());
        case "discard" -> Verdict.discard(mail, message, answer.reason());
        default -> goesOn(answer, mail, message, told(mail).size());
      };
    } catch (IOException e) {
      throw new UncheckedIOException("rspamd at " + check + ": " + e.getMessage(), e);
    }
  }

  /// Lines on top are cheap; for all else the message is written anew.
  private static Verdict goesOn(RspamdAnswer answer, IncomingMail mail, Message message, int told)
      throws IOException {
    RspamdAnswer.Envelope envelope = answer.envelope(mail);
    int all = mail.recipients().size();
    Stream<String> untold =
        told < all
            ? Stream.of("it was told %d of %d recipients".formatted(told, all))
            : Stream.empty();
    String reason =
        Stream.of(Stream.of(answer.reason()), untold, envelope.undone().stream())
            .flatMap(part -> part)
            .collect(Collectors.joining("; "));
    return answer.changes(message)
        ? new Verdict.Change(envelope.mail(), answer.changed(message), reason)
        : new Verdict.Tag(
            envelope.mail().attributes(),
            List.of(
                new HeaderField("X-Spam-Flag", answer.flag()),
                new HeaderField("X-Spam-Score", answer.score())),
            reason);
  }

  private HttpRequest request(Visitor visitor, IncomingMail mail, Message message) {
    HttpRequest.BodyPublisher body =
        HttpRequest.BodyPublishers.fromPublisher(
            HttpRequest.BodyPublishers.ofInputStream(message::open), message.sizeBytes());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(check)
            .header("IP", AddressText.of(visitor.remote()))
            .header("Queue-Id", visitor.connection())
            .POST(body);
    header(request, "MTA-Name", hostname);
    visitor.helo().ifPresent(helo -> header(request, "Helo", helo));
    visitor.login().ifPresent(login -> header(request, "User", login.toString()));
    visitor.tls().ifPresent(tls -> tls(request, tls));
    // Without the field it would know of no sender at all, and of no bounces.
    header(request, "From", mail.sender().map(sender -> sender.toString()).orElse("<>"));
    told(mail).forEach(recipient -> header(request, "Rcpt", recipient));
    Optional.ofNullable(mail.attributes().get("rdns.name"))
        .ifPresent(name -> header(request, "Hostname", name));
    password.ifPresent(secret -> header(request, "Password", secret));
    return request.build();
  }

  /// Such as `TLSv1.3 TLS_AES_128_GCM_SHA256`.
  private static void tls(HttpRequest.Builder request, String tls) {
    String[] words = tls.split(" ", 2);
    header(request, "TLS-Version", words[0]);
    header(request, "TLS-Cipher", words[words.length - 1]);
  }

  /// Those recipients that it is told, as it is told them: the first, as far as there is room.
  private static List<String> told(IncomingMail mail) {
    List<String> told = new ArrayList<>();
    int bytes = 0;
    for (Recipient recipient : mail.recipients()) {
      String address = inAscii(recipient.address().toString());
      bytes += address.length() + LINE_BYTES;
      if (bytes > RECIPIENTS_MAX_BYTES) {
        break;
      }
      told.add(address);
    }
    return told;
  }

  private static void header(HttpRequest.Builder request, String name, String value) {
    if (!value.isEmpty()) {
      request.header(name, inAscii(value));
    }
  }

  /// A header of HTTP is ASCII, and rspamd reads no address with other letters. Without the field
  /// it would know nothing of a sender or a login; so it knows at least the domain.
  private static String inAscii(String text) {
    return BEYOND_ASCII.matcher(text).replaceAll("?");
  }

  /// All of it in time, or none: the client's own time limit ends with the header of the answer. To
  /// cancel with `true` is how this client is told to close the connection.
  @SuppressWarnings("Interruption")
  private byte[] answer(HttpRequest request) throws IOException {
    CompletableFuture<HttpResponse<byte[]>> sent =
        client.sendAsync(
            request,
            HttpResponse.BodyHandlers.limiting(
                HttpResponse.BodyHandlers.ofByteArray(), ANSWER_MAX));
    try {
      HttpResponse<byte[]> response = sent.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200) {
        throw new IOException("it says " + response.statusCode());
      }
      return response.body();
    } catch (TimeoutException e) {
      throw new IOException("no answer in " + patience.toMillis() + " ms", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String why = cause instanceof ConnectException ? "nobody is there" : cause.getMessage();
      throw new IOException(why, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the server is stopping", e);
    } finally {
      sent.cancel(true);
    }
  }
}
