package org.posthorn.mailets.gate;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.Counted;
import org.posthorn.message.MailAddress;

/// Lets only so many connections, messages or recipients through in a time: of one address,
/// network, login, sender or recipient. A token bucket, remembered over restarts. With `alarm-to`
/// somebody is told, once a day by each gate for each that has too many: a login that sends too
/// much is often one whose password was stolen.
final class RateLimit implements Gate {
  enum Per {
    ADDRESS,
    NETWORK,
    LOGIN,
    SENDER,
    RECIPIENT
  }

  enum What {
    CONNECTIONS("connection"),
    MESSAGES("message"),
    RECIPIENTS("recipient");

    private final String noun;

    What(String noun) {
      this.noun = noun;
    }
  }

  private static final Duration ALARM_EVERY = Duration.ofDays(1);

  private final Per per;
  private final What what;
  private final Bucket bucket;
  private final Reaction over;
  private final Optional<MailAddress> alarmTo;
  private final String count;
  private final Memory memory;
  private final Services services;

  private RateLimit(Settings settings, String count, Services services) {
    this.per = settings.per;
    this.what = settings.what;
    this.over = settings.over;
    this.alarmTo = settings.alarmTo;
    this.count = count;
    this.memory = services.memory("rates");
    this.services = services;
    this.bucket =
        new Bucket(
            memory,
            services.clock(),
            settings.count,
            settings.every,
            settings.burst.orElse(settings.count));
  }

  public record Settings(
      @Parameter(value = "For whom it is counted.", example = "login") Per per,
      @Parameter(value = "What is counted.", otherwise = "messages") What what,
      @Parameter(value = "So many.", otherwise = "100", min = 1, max = Integer.MAX_VALUE) int count,
      @Parameter(value = "In so long a time.", otherwise = "1h", min = 1_000) Duration every,
      @Parameter(value = "So many at once; without it, count.", min = 1, max = Integer.MAX_VALUE)
          Optional<Integer> burst,
      @Parameter(value = "What becomes of what is over it.", otherwise = "defer") Reaction over,
      @Parameter(
              value = "Who is told, once a day for each that has too many.",
              example = "postmaster@example.org")
          Optional<MailAddress> alarmTo) {
    public Settings {
      if (what != What.RECIPIENTS && per == Per.RECIPIENT) {
        throw new ParameterException("per: recipient needs what: recipients");
      }
      if (what == What.CONNECTIONS && per != Per.ADDRESS && per != Per.NETWORK) {
        throw new ParameterException("connections are counted per address or network");
      }
    }
  }

  /// Makes the gates of one configuration. Each counts for itself, also where several have the same
  /// figures: those are numbered in the order in which they are made, which is that of the file, so
  /// that each finds its own count again after a restart or a reload.
  public static final class Factory implements GateFactory<Settings> {
    private final Map<String, Integer> alike = new ConcurrentHashMap<>();

    @Override
    public String name() {
      return "RateLimit";
    }

    @Override
    public String summary() {
      return "Limits connections, messages or recipients in a time.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      String figures =
          "%s %s %d/%s".formatted(settings.what, settings.per, settings.count, settings.every);
      int number = alike.merge(figures, 1, Integer::sum);
      return new RateLimit(settings, number == 1 ? figures : figures + "#" + number, services);
    }
  }

  @Override
  public boolean mayWait() {
    return false;
  }

  @Override
  public Verdict connection(Visitor visitor) {
    return what == What.CONNECTIONS ? count(whose(visitor, Optional.empty())) : Verdict.pass();
  }

  @Override
  public Verdict sender(Visitor visitor, IncomingMail mail) {
    return what == What.MESSAGES ? count(whose(visitor, mail.sender())) : Verdict.pass();
  }

  @Override
  public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
    if (what != What.RECIPIENTS) {
      return Verdict.pass();
    }
    return per == Per.RECIPIENT
        ? count(Optional.of(services.directory().knownAs(recipient.address()).toString()))
        : count(whose(visitor, mail.sender()));
  }

  /// Whose bucket it is; empty where there is none, as for one who has not logged in.
  private Optional<String> whose(Visitor visitor, Optional<MailAddress> sender) {
    return switch (per) {
      case ADDRESS -> Optional.of(AddressRange.around(visitor.remote(), 32, 64).toString());
      case NETWORK -> Optional.of(AddressRange.around(visitor.remote(), 24, 48).toString());
      case LOGIN -> visitor.login().map(MailAddress::toString);
      case SENDER -> sender.map(MailAddress::toString);
      case RECIPIENT -> Optional.empty();
    };
  }

  private Verdict count(Optional<String> whose) {
    if (whose.isEmpty()) {
      return Verdict.pass();
    }
    String who = whose.get().toLowerCase(Locale.ROOT);
    if (bucket.take(count + " " + who)) {
      return Verdict.pass();
    }
    String limit = "%s in %s".formatted(Counted.of(bucket.count(), what.noun), period());
    alarmTo.ifPresent(to -> alarm(to, who, limit));
    String text = per == Per.RECIPIENT ? "Too much for this recipient" : "Too much from you";
    return over.verdict(
        "7.1",
        over == Reaction.DEFER ? text + ", try again later" : text,
        who + " has more than " + limit,
        "rate",
        who);
  }

  /// As people write it: `1h30m`.
  private String period() {
    return bucket.every().toString().substring("PT".length()).toLowerCase(Locale.ROOT);
  }

  private void alarm(MailAddress to, String who, String limit) {
    String key = Keys.bounded("alarm " + count + " " + who);
    if (memory.find(key).filter(this::isRecent).isPresent()) {
      return;
    }
    var tells = new AtomicBoolean();
    memory.update(
        key,
        ALARM_EVERY,
        before -> {
          Optional<String> recent = before.filter(this::isRecent);
          tells.set(recent.isEmpty());
          return recent.or(() -> Optional.of(String.valueOf(services.clock().millis())));
        });
    if (tells.get()) {
      boolean toWhom = per == Per.RECIPIENT;
      services.tell(
          to,
          "Too much mail " + (toWhom ? "for " : "from ") + who,
          """
          %s %s more than %s, which is the limit; the rest %s.
          %s
          This message comes once a day.
          """
              .formatted(
                  who,
                  toWhom ? "gets" : "has sent",
                  toWhom
                      ? "%s in %s".formatted(Counted.of(bucket.count(), "message"), period())
                      : limit,
                  outcome(),
                  per == Per.LOGIN ? advice(who) : ""));
    }
  }

  private String outcome() {
    return switch (over) {
      case REFUSE -> "was refused";
      case DEFER -> "was told to try again later";
      case TAG, PASS, ACCEPT -> "was let in";
    };
  }

  private static String advice(String login) {
    return """

    If this is a user of yours, look at what was sent: the password may have been
    stolen. To stop it at once: posthorn user disable %s
    """
        .formatted(login);
  }

  /// Whether somebody was told in the last day. A time that is still to come is one of a clock that
  /// was ahead.
  private boolean isRecent(String toldAt) {
    if (!toldAt.matches("[0-9]{1,18}")) {
      return false;
    }
    long passed = services.clock().millis() - Long.parseLong(toldAt);
    return passed >= 0 && passed < ALARM_EVERY.toMillis();
  }
}
