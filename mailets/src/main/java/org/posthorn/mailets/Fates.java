package org.posthorn.mailets;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailets.match.MachineMatchers;
import org.posthorn.spool.chain.Chain;

/// Collects what becomes of each recipient of one mail. Used by one thread.
final class Fates {
  private final Mail mail;
  private final List<Recipient> done = new ArrayList<>();
  private final Map<String, List<Recipient>> later = new LinkedHashMap<>();
  private final List<Recipient> on = new ArrayList<>();
  private final List<Recipient> became = new ArrayList<>();
  private final List<Mail> changed = new ArrayList<>();
  private final List<Recipient> lost = new ArrayList<>();
  private final List<Recipient> failures = new ArrayList<>();
  private final List<Recipient> circling = new ArrayList<>();

  Fates(Mail mail) {
    this.mail = mail;
  }

  Mail mail() {
    return mail;
  }

  /// Whether it is a report that this server makes: of one that is lost nobody would hear. What
  /// strangers send could fill the dead letters.
  boolean isOwnReport() {
    return mail.sender().isEmpty()
        && mail.origin().remote().isEmpty()
        && MachineMatchers.isReport(mail);
  }

  void done(Recipient recipient) {
    done.add(recipient);
  }

  /// Comes back to the same step; `why` is the reason.
  void later(Recipient recipient, String why) {
    later.computeIfAbsent(why, _ -> new ArrayList<>()).add(recipient);
  }

  /// Goes on, as one or several others.
  void goesOnAs(Recipient recipient, List<Recipient> others) {
    on.add(recipient);
    became.addAll(others);
  }

  /// Goes on as well, changed: for some of what the recipients that go on have become.
  void goesOnToo(Mail other) {
    changed.add(other);
  }

  /// Cannot be reached, and was not tried: goes to the processor for that.
  void failed(Recipient recipient, String status, String text) {
    lost.add(recipient);
    failedToo(recipient, status, text);
  }

  /// Was tried just now and refused: goes to the same processor, with the time.
  void refused(Recipient recipient, String status, String text, Instant now) {
    lost.add(recipient);
    failures.add(
        recipient.withFailure(
            new Recipient.Failure(status, Optional.empty(), text, Optional.of(now))));
  }

  /// Was here before.
  void circles(Recipient recipient) {
    circling.add(recipient);
  }

  /// A part of what a recipient became cannot be reached, while the recipient itself goes on.
  void failedToo(Recipient recipient, String status, String text) {
    failures.add(recipient.withFailure(Recipient.Failure.of(status, text)));
  }

  List<Recipient> served() {
    return List.copyOf(done);
  }

  /// `how` is the reason of those that are done.
  Outcome outcome(String how) {
    List<Outcome.Split.Part> parts = new ArrayList<>();
    if (!done.isEmpty()) {
      parts.add(new Outcome.Split.Part(done, new Outcome.Finish(how)));
    }
    later.forEach((why, some) -> parts.add(new Outcome.Split.Part(some, new Outcome.Retry(why))));
    parts.addAll(goingOn());
    if (!failures.isEmpty()) {
      parts.add(
          new Outcome.Split.Part(
              lost, new Outcome.Route(mail.withRecipients(failures), Chain.BOUNCES)));
    }
    if (!circling.isEmpty()) {
      parts.add(TraceLines.circle(mail, circling));
    }
    return switch (parts.size()) {
      case 0 -> new Outcome.Continue(mail);
      case 1 -> parts.getFirst().outcome();
      default -> new Outcome.Split(parts);
    };
  }

  /// The first part speaks for all that go on; the others bring their recipients with them.
  private List<Outcome.Split.Part> goingOn() {
    List<Mail> mails = new ArrayList<>();
    if (!became.isEmpty() || (!on.isEmpty() && changed.isEmpty())) {
      mails.add(mail.withRecipients(became));
    }
    mails.addAll(changed);
    List<Outcome.Split.Part> parts = new ArrayList<>();
    for (Mail each : mails) {
      parts.add(
          new Outcome.Split.Part(parts.isEmpty() ? on : List.of(), new Outcome.Continue(each)));
    }
    return parts;
  }
}
