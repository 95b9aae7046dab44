package org.example.outside;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.posthorn.mailet.Http;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;

/// Asks a CRM who the sender is, and notes it for later steps.
final class CrmLookup implements MailetFactory<CrmLookup.Settings> {
  record Settings(
      @Parameter(
              value = "Where to ask; the sender comes behind it.",
              example = "https://crm.example/customer?mail=")
          URI url,
      @Parameter(value = "How long an answer may take.", otherwise = "5s") Duration patience) {}

  @Override
  public String name() {
    return "CrmLookup";
  }

  @Override
  public String summary() {
    return "Notes what the CRM knows of the sender.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Mailet create(Settings settings, Services services) {
    return mail ->
        mail.sender()
            .map(sender -> ask(mail, sender.toString(), settings, services.http()))
            .orElseGet(() -> new Outcome.Continue(mail));
  }

  private static Outcome ask(Mail mail, String sender, Settings settings, Http http) {
    URI uri = URI.create(settings.url + URLEncoder.encode(sender, StandardCharsets.UTF_8));
    return switch (http.send(Http.Request.get(uri).within(settings.patience).upTo(4 << 10))) {
      case Http.Response response when response.status() == 200 ->
          new Outcome.Continue(mail.withAttribute("example.customer", response.text().strip()));
      case Http.Response response when response.status() == 404 -> new Outcome.Continue(mail);
      case Http.Response response ->
          new Outcome.Retry("The CRM answers with status " + response.status());
      case Http.Failure failure when failure.isWorthRepeating() -> new Outcome.Retry(failure.why());
      case Http.Failure _ -> new Outcome.Continue(mail);
    };
  }
}
