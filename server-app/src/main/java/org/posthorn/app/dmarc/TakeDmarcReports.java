package org.posthorn.app.dmarc;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.NoParameters;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Services;
import org.posthorn.message.mime.Part;

/// Counts the reports about DMARC in a mail, for `posthorn dmarc reports`. The mail goes on
/// whatever is in it. A report counts once, and only about domains of this server.
///
/// ```yaml
/// - match: RecipientIs(dmarc-reports@example.org)
///   mailet: TakeDmarcReports
/// ```
final class TakeDmarcReports implements Mailet {
  /// A report is a mail of its own; reading what strangers have packed is work.
  private static final int PARTS_MAX = 5;

  /// In base64.
  private static final long BODY_MAX_BYTES = 12 << 20;

  /// In all steps together. What is read takes some MiB, and of mail there may be much at once.
  private static final int READ_AT_ONCE = 2;

  private static final Duration TURN_WITHIN = Duration.ofSeconds(1);

  private final ReceivedReports received;
  private final Predicate<String> isOurs;
  private final Semaphore reading;

  private TakeDmarcReports(ReceivedReports received, Predicate<String> isOurs, Semaphore reading) {
    this.received = received;
    this.isOurs = isOurs;
    this.reading = reading;
  }

  static final class Factory implements MailetFactory<NoParameters> {
    private final ReceivedReports received;
    private final Predicate<String> isOurs;
    private final Semaphore reading = new Semaphore(READ_AT_ONCE, /* fair= */ true);

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
      return new TakeDmarcReports(received, isOurs, reading);
    }
  }

  /// A report counts once.
  @Override
  public boolean repeatable() {
    return true;
  }

  @Override
  public Outcome service(Mail mail) {
    List<Part> leaves = leaves(mail.message());
    if (leaves.isEmpty()) {
      return new Outcome.Continue(mail);
    }
    if (!isMyTurn()) {
      // Who waits for longer keeps a worker from the mail of others.
      return new Outcome.Retry("other reports are being read");
    }
    try {
      for (Part part : leaves) {
        report(mail.message(), part)
            .filter(report -> isOurs.test(report.domain()))
            .ifPresent(received::add);
      }
    } finally {
      reading.release();
    }
    return new Outcome.Continue(mail);
  }

  private boolean isMyTurn() {
    try {
      return reading.tryAcquire(TURN_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
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
    try (InputStream stored = new Stored(message.open(part))) {
      return ReportReader.read(stored);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What cannot be read from our own disk makes no broken report.
  private static final class Stored extends FilterInputStream {
    private Stored(InputStream in) {
      super(in);
    }

    @Override
    public int read() {
      try {
        return in.read();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      try {
        return in.read(into, offset, length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
