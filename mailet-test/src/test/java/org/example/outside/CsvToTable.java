package org.example.outside;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.message.HeaderField;
import org.posthorn.message.mime.Part;

/// Makes of each CSV attachment a table that a mail program shows.
final class CsvToTable implements MailetFactory<CsvToTable.Settings> {
  record Settings(
      @Parameter(value = "What stands between two cells.", otherwise = ";") String separator,
      @Parameter(value = "Larger tables stay as they are.", otherwise = "1MB", max = 16 << 20)
          long maxSizeBytes) {}

  @Override
  public String name() {
    return "CsvToTable";
  }

  @Override
  public String summary() {
    return "Makes tables of CSV attachments.";
  }

  @Override
  public Class<Settings> parameters() {
    return Settings.class;
  }

  @Override
  public Mailet create(Settings settings, Services services) {
    return new Mailet() {
      @Override
      public Outcome service(Mail mail) {
        Message message = mail.message();
        Optional<Part> next = next(message, settings);
        while (next.isPresent()) {
          message = withTable(message, next.get(), settings.separator());
          next = next(message, settings);
        }
        return new Outcome.Continue(mail.withMessage(message));
      }

      @Override
      public boolean repeatable() {
        return true;
      }
    };
  }

  /// A changed message has other parts, so each is looked for anew. What is signed stays.
  private static Optional<Part> next(Message message, Settings settings) {
    List<Part> parts = message.structure().parts();
    return parts.stream().anyMatch(part -> part.is("multipart/signed"))
        ? Optional.empty()
        : parts.stream()
            .filter(part -> part.is("text/csv") && part.bodyBytes() <= settings.maxSizeBytes())
            .findFirst();
  }

  private static Message withTable(Message message, Part part, String separator) {
    String csv = new String(message.read(part, 16 << 20), part.charset());
    String name = part.fileName().orElse("table").replaceAll("[^A-Za-z0-9._ -]", "_");
    return message.withPart(
        part,
        List.of(
            new HeaderField("Content-Type", "text/html; charset=utf-8"),
            new HeaderField("Content-Disposition", "inline; filename=\"" + name + ".html\"")),
        html(csv, separator).getBytes(UTF_8));
  }

  private static String html(String csv, String separator) {
    var html = new StringBuilder("<table>\r\n");
    csv.lines()
        .forEach(line -> {
          html.append("<tr>");
          for (String cell : line.split(java.util.regex.Pattern.quote(separator), -1)) {
            html.append("<td>")
                .append(cell.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
                .append("</td>");
          }
          html.append("</tr>\r\n");
        });
    return html.append("</table>\r\n").toString();
  }
}
