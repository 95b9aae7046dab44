package org.posthorn.mailets.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.content.Fields;
import org.posthorn.mailets.content.Made;
import org.posthorn.spool.chain.Chain;
import org.posthorn.storage.files.DataFolder;

/// Tells a program about the mail by HTTP: envelope, header fields, text and notes as JSON, or the
/// message as it is. While nobody takes it (no answer, 5xx, 408, 425, 429), the mail waits and the
/// step is tried again; it is told once, or more often with the same id.
///
/// ```yaml
/// - match: RecipientIs(tickets@example.org)
///   mailet: ToHttp
///   url: https://tickets.example.com/mail
///   secret-file: hooks/tickets
/// ```
public final class ToHttp implements Mailet {
  private static final String STATUS = "http.status";
  private static final Set<Integer> LATER = Set.of(408, 425, 429);
  private static final int SERVER_ERROR = 500;

  private final Settings settings;
  private final DataFolder data;
  private final Http http;
  private final InstantSource clock;
  private final MailJson json;
  private final Optional<HookSignature> signature;

  private ToHttp(Settings settings, DataFolder data, Services services) {
    this.data = data;
    this.settings = settings;
    this.http = services.http();
    this.clock = services.clock();
    this.json = new MailJson(settings.fields, settings.text);
    this.signature = settings.secretFile.map(file -> new HookSignature(data, file));
    try {
      if (signature.isPresent()) {
        signature.get().secret();
      }
      if (settings.authorizationFile.isPresent()) {
        data.firstLine(settings.authorizationFile.get());
      }
    } catch (IOException e) {
      throw new ParameterException(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public Outcome service(Mail mail) {
    if (mail.recipients().isEmpty()) {
      return new Outcome.Continue(mail);
    } else if (settings.send == Send.MESSAGE && mail.message().sizeBytes() > settings.limitBytes) {
      return new Outcome.Continue(mail.withAttribute(STATUS, "too large"));
    }
    return switch (http.send(request(mail))) {
      case Http.Response answer -> heard(mail, answer.status());
      case Http.Failure none when none.status().isPresent() -> heard(mail, none.status().get());
      case Http.Failure none when none.reason() == Http.Reason.REHEARSED -> taken(mail);
      case Http.Failure none ->
          failed(mail, none.why(), "gives no answer: " + withoutHost(none.why()));
    };
  }

  /// The status says it all: what else the program says may be long, or break off.
  private Outcome heard(Mail mail, int status) {
    String note = String.valueOf(status);
    if (status >= 200 && status < 300) {
      return taken(mail.withAttribute(STATUS, note));
    }
    return isForLater(status) ? failed(mail, note, "answers " + note) : refused(mail, note);
  }

  private static boolean isForLater(int status) {
    return status >= SERVER_ERROR || LATER.contains(status);
  }

  private Outcome taken(Mail mail) {
    return switch (settings.then) {
      case CONTINUE -> new Outcome.Continue(mail);
      case FINISH -> new Outcome.Finish("told " + settings.url.getHost());
    };
  }

  private Outcome failed(Mail mail, String note, String why) {
    return settings.ifFailed == IfFailed.RETRY ? retry(why) : noted(mail, note);
  }

  private Outcome refused(Mail mail, String why) {
    return switch (settings.ifRefused) {
      case CONTINUE -> noted(mail, why);
      case RETRY -> retry("answers " + why);
      case BOUNCE -> bounced(mail);
    };
  }

  private Outcome bounced(Mail mail) {
    var failure =
        new Recipient.Failure(
            "5.3.0",
            Optional.empty(),
            "The program behind this address did not take the message",
            Optional.of(clock.instant()));
    return new Outcome.Route(
        mail.withRecipients(
            mail.recipients().stream().map(each -> each.withFailure(failure)).toList()),
        Chain.BOUNCES);
  }

  private Outcome retry(String why) {
    return new Outcome.Retry(
        settings.url.resolve("/").toString().replaceFirst("/$", "") + " " + why);
  }

  private String withoutHost(String why) {
    String host = settings.url.getHost() + ": ";
    return why.startsWith(host) ? why.substring(host.length()) : why;
  }

  private static Outcome noted(Mail mail, String why) {
    return new Outcome.Continue(mail.withAttribute(STATUS, Fields.oneLine(why)));
  }

  private Http.Request request(Mail mail) {
    Http.Body body =
        switch (settings.send) {
          case JSON -> Http.Body.of(json.of(mail));
          case MESSAGE -> Http.Body.of(mail.message());
        };
    String id = id(mail);
    Http.Request bare =
        Http.Request.post(
                settings.url,
                settings.send == Send.JSON ? "application/json" : "message/rfc822",
                body)
            .within(settings.patience)
            .withHeader("webhook-id", id)
            .withHeader("Idempotency-Key", '"' + id + '"');
    Http.Request request = authorized(bare);
    return signature.isEmpty()
        ? request
        : signature.get().signed(request, id, clock.instant(), body);
  }

  private Http.Request authorized(Http.Request request) {
    if (settings.authorizationFile.isEmpty()) {
      return request;
    }
    try {
      return request.withHeader("Authorization", data.firstLine(settings.authorizationFile.get()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// That of the mail, and what tells apart those that it was split into.
  private static String id(Mail mail) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      mail.addresses().stream()
          .map(Object::toString)
          .sorted()
          .forEach(each -> digest.update((each + "\n").getBytes(StandardCharsets.UTF_8)));
      return mail.id().value() + "-" + HexFormat.of().formatHex(digest.digest(), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  enum Send {
    JSON,
    MESSAGE
  }

  enum Then {
    CONTINUE,
    FINISH
  }

  enum IfFailed {
    RETRY,
    CONTINUE
  }

  enum IfRefused {
    CONTINUE,
    BOUNCE,
    RETRY
  }

  record Settings(
      @Parameter(value = "Where it is told.", example = "https://tickets.example.com/mail") URI url,
      @Parameter(
              value = "What is sent: json with envelope, fields, text and notes, or the message.",
              otherwise = "json")
          Send send,
      @Parameter(
              value = "The header fields that are in the JSON.",
              otherwise = "From, To, Cc, Subject, Date, Message-ID")
          List<String> fields,
      @Parameter(
              value = "How many characters of the text are in the JSON; 0 for none.",
              otherwise = "100000",
              max = 1_000_000)
          int text,
      @Parameter("A file with a secret in its first line, with which what is sent is signed.")
          Optional<String> secretFile,
      @Parameter("A file with the value of the field Authorization in its first line.")
          Optional<String> authorizationFile,
      @Parameter(
              value = "How long the program may take to answer.",
              otherwise = "20s",
              min = 100,
              max = 120_000)
          Duration patience,
      @Parameter(value = "Larger messages are not sent as they are.", otherwise = "25MB")
          long limitBytes,
      @Parameter(
              value = "What becomes of the mail when it was taken: it goes on, or is done.",
              otherwise = "continue")
          Then then,
      @Parameter(
              value = "What becomes of it while nobody takes it: it waits, or goes on.",
              otherwise = "retry")
          IfFailed ifFailed,
      @Parameter(
              value =
                  "What becomes of it when the program says no (4xx): it goes on, is bounced, or"
                      + " waits.",
              otherwise = "continue")
          IfRefused ifRefused) {
    Settings {
      if (url.getHost() == null
          || !("https".equalsIgnoreCase(url.getScheme())
              || "http".equalsIgnoreCase(url.getScheme()))
          || url.getUserInfo() != null) {
        throw new ParameterException(
            "parameter 'url' should be such as https://example.com/hook, without a password");
      }
    }
  }

  public static MailetFactory<?> factory(DataFolder data) {
    return new Made<>(
        "ToHttp",
        "Tells a program about the mail by HTTP.",
        Settings.class,
        (settings, services) -> new ToHttp(settings, data, services));
  }
}
