package org.posthorn.mailets.gate;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Directory;
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

/// Asks whoever writes for the first time to come again (RFC 6647): robots don't. Who did once is
/// remembered, by network (IPv4 /24, IPv6 /64), sender and recipient; a network that did so often
/// enough is asked no more. Whoever has logged in never is. Of a network only so many are
/// remembered in a time, for a robot can make up as many senders as it likes.
final class Greylist implements Gate {
  private static final String KNOWN = "ok";

  private final Memory memory;
  private final Directory directory;
  private final InstantSource clock;
  private final Duration delay;
  private final Duration window;
  private final Duration keep;
  private final int acceptAfter;
  private final Bucket strangers;

  private Greylist(Settings settings, Services services) {
    this.memory = services.memory("greylist");
    this.directory = services.directory();
    this.clock = services.clock();
    this.delay = settings.delay;
    this.window = settings.window;
    this.keep = settings.keep;
    this.acceptAfter = settings.acceptAfter;
    this.strangers =
        new Bucket(
            memory, clock, settings.strangersMax, Duration.ofHours(1), settings.strangersMax);
  }

  public record Settings(
      @Parameter(value = "How long a stranger waits.", otherwise = "5m") Duration delay,
      @Parameter(
              value = "How long a stranger is remembered who has not come again.",
              otherwise = "2d")
          Duration window,
      @Parameter(value = "How long one is remembered who has.", otherwise = "36d") Duration keep,
      @Parameter(
              value = "A network with so many known ones need not wait any more.",
              otherwise = "5",
              min = 1,
              max = 1_000_000)
          int acceptAfter,
      @Parameter(
              value =
                  "So many new ones of a network are remembered in an hour; more are asked to come"
                      + " again as well, and forgotten.",
              otherwise = "100",
              min = 1,
              max = 1_000_000)
          int strangersMax) {
    public Settings {
      if (delay.compareTo(window) >= 0) {
        throw new ParameterException(
            "delay must be shorter than window: a stranger who is forgotten before the second try"
                + " counts is never let in");
      }
    }
  }

  public static final class Factory implements GateFactory<Settings> {
    @Override
    public String name() {
      return "Greylist";
    }

    @Override
    public String summary() {
      return "Lets strangers come again before it takes their mail.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new Greylist(settings, services);
    }
  }

  @Override
  public boolean mayWait() {
    return false;
  }

  @Override
  public Verdict recipient(Visitor visitor, IncomingMail mail, Recipient recipient) {
    if (visitor.login().isPresent()) {
      return Verdict.pass();
    }
    AddressRange range = AddressRange.around(visitor.remote(), 24, 64);
    // Keys outlive the program: whoever is known stays known, however addresses are shown.
    String network = range.address().getHostAddress() + "/" + range.bits();
    String networkKey = "n " + network;
    if (count(memory.find(networkKey)) >= acceptAfter) {
      memory.update(networkKey, keep, known -> known);
      return Verdict.pass();
    }
    String key = key(network, mail.sender(), directory.knownAs(recipient.address()));
    Instant now = clock.instant();
    Optional<String> before = memory.find(key).filter(seen -> !isAfter(seen, now));
    if (before.isEmpty()) {
      if (strangers.take("c " + AddressRange.around(visitor.remote(), 24, 48))) {
        memory.put(key, String.valueOf(now.toEpochMilli()), window);
      }
      return later(delay);
    }
    if (before.get().equals(KNOWN)) {
      memory.put(key, KNOWN, keep);
      return Verdict.pass();
    }
    Instant first = Instant.ofEpochMilli(Long.parseLong(before.get()));
    Duration waited = Duration.between(first, now);
    if (waited.compareTo(delay) < 0) {
      return later(delay.minus(waited));
    }
    memory.put(key, KNOWN, keep);
    memory.update(networkKey, keep, known -> Optional.of(String.valueOf(count(known) + 1)));
    return Verdict.tag(
        "greylist.waited",
        String.valueOf(waited.toSeconds()),
        "came again after " + waited.toSeconds() + " s");
  }

  /// Seen when the clock was ahead: that says nothing of how long it waits.
  private static boolean isAfter(String seen, Instant now) {
    return !seen.equals(KNOWN) && Long.parseLong(seen) > now.toEpochMilli();
  }

  private static Verdict later(Duration wait) {
    long seconds = Math.max(1, wait.toSeconds());
    return Verdict.defer(
        "We do not know you yet, please try again in " + Counted.of(seconds, "second"),
        "first contact");
  }

  private static String key(String network, Optional<MailAddress> sender, MailAddress recipient) {
    String pair = sender.map(Greylist::folded).orElse("<>") + " " + recipient;
    String text = "t " + network + " " + pair.toLowerCase(Locale.ROOT);
    return Keys.bounded(text);
  }

  /// Without what lists and forwarders change from mail to mail: behind `+`, and digits.
  private static String folded(MailAddress sender) {
    String local = sender.localPart();
    int plus = local.indexOf('+');
    String base = plus > 0 ? local.substring(0, plus) : local;
    return base.replaceAll("[0-9]+", "#") + "@" + sender.domain();
  }

  private static int count(Optional<String> text) {
    return text.map(Integer::parseInt).orElse(0);
  }
}
