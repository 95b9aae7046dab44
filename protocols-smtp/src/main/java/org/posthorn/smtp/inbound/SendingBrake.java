package org.posthorn.smtp.inbound;

import static org.posthorn.smtp.wire.EnhancedStatus.NOT_AUTHORIZED;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.posthorn.message.Counted;
import org.posthorn.message.MailAddress;
import org.posthorn.smtp.wire.SmtpReply;
import org.posthorn.storage.remember.Memories;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stops users who send too much to other servers, or to too many that do not want it: often
/// somebody else has their password. Counts over restarts, tells the administrator once a day for
/// each, and lets go by itself when the hour or the day is over, or when the administrator says so.
/// Safe for use by many threads.
public final class SendingBrake {
  private static final Logger log = LoggerFactory.getLogger(SendingBrake.class);
  private static final String NAME = "sending";

  private final SendingLimits limits;
  private final Optional<MailAddress> postmaster;
  private final Memories memories;
  private final Alarm alarm;
  private final InstantSource clock;

  /// Sends somebody a note.
  @FunctionalInterface
  public interface Alarm {
    void tell(MailAddress to, String subject, String text);
  }

  /// What a user has sent; `heldUntil`: no more before then.
  public record Use(
      String login, int lastHour, int lastDay, int failed, Optional<Instant> heldUntil) {}

  public SendingBrake(
      SendingLimits limits,
      Optional<MailAddress> postmaster,
      Memories memories,
      Alarm alarm,
      InstantSource clock) {
    this.limits = limits;
    this.postmaster = postmaster;
    this.memories = memories;
    this.alarm = alarm;
    this.clock = clock;
  }

  /// Why they may name nobody elsewhere now. Counts nobody.
  Optional<SmtpReply> refusal(MailAddress login) {
    boolean isOver =
        memories
            .find(NAME, key(login))
            .flatMap(Sent::of)
            .flatMap(sent -> excess(sent.at(clock.instant())))
            .isPresent();
    return isOver ? refusalOr(login, UnaryOperator.identity()) : Optional.empty();
  }

  /// One recipient elsewhere more; or why not.
  Optional<SmtpReply> count(MailAddress login) {
    return refusalOr(login, Sent::withOneMore);
  }

  private Optional<SmtpReply> refusalOr(MailAddress login, UnaryOperator<Sent> change) {
    if (limits.exempts(login)) {
      return Optional.empty();
    }
    var over = new AtomicReference<Optional<Excess>>(Optional.empty());
    var first = new AtomicReference<>(false);
    Instant now = clock.instant();
    update(
        login,
        sent -> {
          over.set(excess(sent));
          first.set(over.get().isPresent() && !sent.wasToldLately(now));
          return over.get().isEmpty() ? change.apply(sent) : first.get() ? sent.told(now) : sent;
        });
    if (first.get()) {
      over.get().ifPresent(excess -> alarm(login, excess));
    }
    return over.get().map(excess -> SmtpReply.of(450, NOT_AUTHORIZED, excess.toClient()));
  }

  /// A recipient of theirs does not exist or does not want it.
  public void failed(MailAddress login) {
    if (!limits.exempts(login)) {
      update(login, Sent::withOneFailed);
    }
  }

  /// Everybody who has sent something in the last day, those first who are stopped.
  public List<Use> uses() {
    List<Use> uses = new ArrayList<>();
    Instant now = clock.instant();
    memories.forEach(
        NAME,
        (login, value) ->
            Sent.of(value)
                .map(sent -> sent.at(now))
                .filter(sent -> sent.day().number() + sent.failed().number() > 0)
                .ifPresent(sent -> uses.add(use(login, sent))));
    uses.sort((one, other) ->
        other.heldUntil().isPresent() != one.heldUntil().isPresent()
            ? Boolean.compare(other.heldUntil().isPresent(), one.heldUntil().isPresent())
            : other.lastDay() - one.lastDay());
    return uses;
  }

  /// Forgets what a user has sent, so that they may go on; false if there was nothing.
  public boolean release(MailAddress login) {
    boolean known = memories.find(NAME, key(login)).isPresent();
    forget(login);
    log.atInfo().addKeyValue("login", login).log("sending-released");
    return known;
  }

  /// Nobody is called so, or somebody else is going to be.
  public void forget(MailAddress login) {
    memories.update(NAME, key(login), Sent.DAY, _ -> Optional.empty());
  }

  /// A user is called otherwise: what was sent under the name before counts on, and not for whoever
  /// gets that name next.
  public void renamed(MailAddress before, MailAddress after) {
    Optional<String> sent = memories.find(NAME, key(before));
    memories.update(NAME, key(after), Sent.DAY, _ -> sent);
    forget(before);
  }

  /// Of which there was too much, and until when it counts.
  private record Excess(String what, String toClient, Instant until) {}

  private Optional<Excess> excess(Sent sent) {
    if (isOver(sent.failed(), limits.failuresPerHour())) {
      return Optional.of(
          new Excess(
              Counted.of(limits.failuresPerHour(), "recipient") + " in an hour that failed",
              "Too many of your recipients do not exist, try again in an hour",
              sent.failed().since().plus(Sent.HOUR)));
    }
    if (isOver(sent.day(), limits.recipientsPerDay())) {
      return Optional.of(
          tooMany(limits.recipientsPerDay(), "day", sent.day().since().plus(Sent.DAY)));
    }
    return isOver(sent.hour(), limits.recipientsPerHour())
        ? Optional.of(
            tooMany(limits.recipientsPerHour(), "hour", sent.hour().since().plus(Sent.HOUR)))
        : Optional.empty();
  }

  private static Excess tooMany(int limit, String period, Instant until) {
    return new Excess(
        Counted.of(limit, "recipient") + " in " + (period.equals("hour") ? "an hour" : "a day"),
        "You have written to %s in %s %s, try again later or ask your administrator"
            .formatted(Counted.of(limit, "recipient"), period.equals("hour") ? "an" : "a", period),
        until);
  }

  private static boolean isOver(Sent.Count count, int limit) {
    return limit > 0 && count.number() >= limit;
  }

  private Use use(String login, Sent sent) {
    return new Use(
        login,
        sent.hour().number(),
        sent.day().number(),
        sent.failed().number(),
        excess(sent).map(Excess::until));
  }

  private void update(MailAddress login, UnaryOperator<Sent> change) {
    memories.update(
        NAME,
        key(login),
        Sent.DAY,
        before -> {
          Sent sent = before.flatMap(Sent::of).orElse(Sent.NOTHING).at(clock.instant());
          return Optional.of(change.apply(sent).text());
        });
  }

  private static String key(MailAddress login) {
    return login.toString().toLowerCase(Locale.ROOT);
  }

  private void alarm(MailAddress login, Excess excess) {
    log.atWarn()
        .addKeyValue("login", login)
        .addKeyValue("has", excess.what())
        .log("sending-stopped");
    MailAddress to =
        limits
            .alarmTo()
            .flatMap(MailAddress::parse)
            .or(() -> postmaster)
            .orElseGet(() -> new MailAddress("postmaster", login.domain()));
    alarm.tell(
        to,
        login + " sends too much",
        """
        %1$s has had %2$s,
        which is the limit, and is told to try again later; until %3$s.

        Perhaps somebody else has the password. Look at what was sent:

            posthorn queue list --sender %1$s

        To let nobody in with it:        posthorn user disable %1$s
        and then a new password:         posthorn user password %1$s
        If all is well, let them go on:  posthorn user sending release %1$s

        This note comes once a day for each user. The limits are in smtp.sending.
        """
            .formatted(login, excess.what(), excess.until()));
  }
}
