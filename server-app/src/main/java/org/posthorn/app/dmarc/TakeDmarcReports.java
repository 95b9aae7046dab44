package org.posthorn.app.dmarc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Services;
import org.posthorn.message.mime.Part;
import org.posthorn.message.mime.TransferDecoding;

/// Counts the reports about DMARC in a mail, for `posthorn dmarc reports`. The mail goes on
/// whatever is in it. A report counts once, and only about domains of this server.
///
/// ```yaml
/// - match: RecipientIs(dmarc-reports@example.org)
///   mailet: TakeDmarcReports
/// ```
final class TakeDmarcReports implements Mailet {
  private static final int PARTS_MAX = 20;

  /// In base64.
  private static final long BODY_MAX_BYTES = 12 << 20;

  private final ReceivedReports received;
  private final Predicate<String> isOurs;

  private TakeDmarcReports(ReceivedReports received, Predicate<String> isOurs) {
    this.received = received;
    this.isOurs = isOurs;
  }

  static final class Factory implements MailetFactory<NoParameters> {
    private final ReceivedReports received;
    private final Predicate<String> isOurs;

    /// `isOurs`: whether a domain is of this server.
    Factory(ReceivedReports received, Predicate<String> isOurs) {
      this.received = received;
      this.isOurs = isOurs;
    }

    @Override
    public String name() {
      return "TakeDmarcReports";
    }

    @Override
    public String summary() {
      return "Counts the DMARC reports in a mail, for posthorn dmarc reports.";
    }

    @Override
    public Class<NoParameters> parameters() {
      return NoParameters.class;
    }

    @Override
    public Mailet create(NoParameters none, Services services) {
      return new TakeDmarcReports(received, isOurs);
    }
  }

  /// A report counts once.
  @Override
  public boolean repeatable() {
    return true;
  }

  @Override
  public Outcome service(Mail mail) {
    for (Part part : leaves(mail.message())) {
      report(mail.message(), part)
          .filter(report -> isOurs.test(report.domain()))
          .ifPresent(received::add);
    }
    return new Outcome.Continue(mail);
  }

  @Override
  public Outcome rehearse(Mail mail) {
    return new Outcome.Continue(mail);
  }

  /// Those that a report could be in.
  private static List<Part> leaves(Message message) {
    List<Part> leaves = new ArrayList<>();
    addLeaves(message.structure().root(), leaves);
    return leaves;
  }

  private static void addLeaves(Part part, List<Part> leaves) {
    boolean isPacked = part.type().equals("application") || part.subtype().equals("xml");
    if (part.children().isEmpty() && isPacked && leaves.size() < PARTS_MAX) {
      leaves.add(part);
    }
    part.children().forEach(child -> addLeaves(child, leaves));
  }

  private static Optional<ReceivedReport> report(Message message, Part part) {
    if (part.bodyBytes() > BODY_MAX_BYTES) {
      return Optional.empty();
    }
    try (InputStream bytes = message.open()) {
      bytes.skipNBytes(part.bodyStart());
      byte[] body = bytes.readNBytes((int) part.bodyBytes());
      return ReportReader.read(
          TransferDecoding.decoded(body, 0, body.length, part.encoding().orElse("7bit")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
