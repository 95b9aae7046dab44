package org.posthorn.mailets.gate;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Memory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;

/// Asks whoever writes for the first time to come again (RFC 6647): robots don't. Who did once is
/// remembered, by network (IPv4 /24, IPv6 /64), sender and recipient; a network that did so often
/// enough is asked no more. Whoever has logged in never is.
final class Greylist implements Gate {
  private static final String KNOWN = "ok";

  private final Memory memory;
  private final InstantSource clock;
  private final Duration delay;
  private final Duration window;
  private final Duration keep;
  private final int acceptAfter;

  private Greylist(
      Memory memory,
      InstantSource clock,
      Duration delay,
      Duration window,
      Duration keep,
      int acceptAfter) {
    this.memory = memory;
    this.clock = clock;
    this.delay = delay;
    this.window = window;
    this.keep = keep;
    this.acceptAfter = acceptAfter;
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
          int acceptAfter) {}

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
      return new Greylist(
          services.memory("greylist"),
          services.clock(),
          settings.delay,
          settings.window,
          settings.keep,
          settings.acceptAfter);
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
    String network = AddressRange.around(visitor.remote(), 24, 64).toString();
    String networkKey = "n " + network;
    if (count(memory.find(networkKey)) >= acceptAfter) {
      memory.update(networkKey, keep, known -> known);
      return Verdict.pass();
    }
    String key = key(network, mail.sender(), recipient);
    Instant now = clock.instant();
    Optional<String> before = memory.find(key);
    if (before.isEmpty()) {
      memory.put(key, String.valueOf(now.toEpochMilli()), window);
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

  private static Verdict later(Duration wait) {
    long seconds = Math.max(1, wait.toSeconds());
    return Verdict.defer(
        "We do not know you yet, please try again in " + seconds + " seconds", "first contact");
  }

  private static String key(String network, Optional<MailAddress> sender, Recipient recipient) {
    String pair = sender.map(Greylist::folded).orElse("<>") + " " + recipient.address();
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
