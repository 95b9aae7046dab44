package org.posthorn.mailets.gate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Has rspamd judge the message (`/checkv2` of its normal worker) and does as it says: reject is a
/// refusal, soft reject and greylist come again, add header and rewrite subject are tagged. Notes
/// score and action as `rspamd.score` and `rspamd.action`, and for people as header fields.
final class Rspamd implements Gate {
  private static final int ANSWER_MAX = 1 << 20;
  private static final Pattern ACTION = Pattern.compile("\"action\"\\s*:\\s*\"([a-z ]{1,30})\"");
  private static final Pattern SCORE =
      Pattern.compile(
          "\"score\"\\s*:\\s*(-?[0-9.]{1,20}).{0,200}?\"required_score\"", Pattern.DOTALL);

  private final HttpClient client;
  private final URI check;
  private final Duration patience;
  private final long maxBytes;
  private final Optional<String> password;

  private Rspamd(URI check, Duration patience, long maxBytes, Optional<String> password) {
    this.client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    this.check = check;
    this.patience = patience;
    this.maxBytes = maxBytes;
    this.password = password;
  }

  public static final class Factory implements GateFactory {
    @Override
    public String name() {
      return "Rspamd";
    }

    @Override
    public Gate create(Parameters parameters, Services services) {
      String url = parameters.optionalText("url").orElse("http://127.0.0.1:11333");
      try {
        return new Rspamd(
            URI.create(url).resolve("/checkv2"),
            parameters.duration("patience", Duration.ofSeconds(15)),
            parameters.bytes("max-size", 20L << 20),
            parameters.optionalText("password"));
      } catch (IllegalArgumentException _) {
        throw new ParameterException(
            "parameter 'url' is '" + url + "', but should be such as http://127.0.0.1:11333");
      }
    }
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    if (message.sizeBytes() > maxBytes) {
      return Verdict.tag("rspamd.action", "too big", message.sizeBytes() + " bytes are too much");
    }
    String answer = answer(request(visitor, mail, message));
    String action = first(ACTION, answer).orElseThrow(() -> new IllegalStateException("no action"));
    String score = first(SCORE, answer).orElse("?");
    String reason = action + ", score " + score;
    return switch (action) {
      case "reject" -> Verdict.refuse("The message looks like spam", reason);
      case "soft reject", "greylist" -> Verdict.defer("Please try again later", reason);
      case "add header", "rewrite subject" -> tag(action, score, "yes", reason);
      default -> tag(action, score, "no", reason);
    };
  }

  private static Verdict tag(String action, String score, String spam, String reason) {
    return new Verdict.Tag(
        Map.of("rspamd.action", action, "rspamd.score", score, "rspamd.spam", spam),
        Map.of("X-Spam-Flag", spam.equals("yes") ? "YES" : "NO", "X-Spam-Score", score),
        reason);
  }

  private HttpRequest request(Visitor visitor, IncomingMail mail, Message message) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(check)
            .timeout(patience)
            .header("IP", visitor.remote().getHostAddress())
            .header("Queue-Id", visitor.connection())
            .POST(HttpRequest.BodyPublishers.ofInputStream(message::open));
    visitor.helo().ifPresent(helo -> header(request, "Helo", helo));
    visitor.login().ifPresent(login -> header(request, "User", login.toString()));
    header(request, "From", mail.sender().map(sender -> sender.toString()).orElse(""));
    for (Recipient recipient : mail.recipients()) {
      header(request, "Rcpt", recipient.address().toString());
    }
    Optional.ofNullable(mail.attributes().get("rdns.name"))
        .ifPresent(name -> header(request, "Hostname", name));
    password.ifPresent(secret -> header(request, "Password", secret));
    return request.build();
  }

  /// A header of HTTP is ASCII.
  private static void header(HttpRequest.Builder request, String name, String value) {
    if (!value.isEmpty() && value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      request.header(name, value);
    }
  }

  private String answer(HttpRequest request) {
    try {
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        String text = new String(body.readNBytes(ANSWER_MAX), StandardCharsets.UTF_8);
        if (response.statusCode() != 200) {
          throw new IllegalStateException("rspamd says " + response.statusCode());
        }
        return text;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("rspamd at " + check + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the server is stopping", e);
    }
  }

  private static Optional<String> first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
