package org.posthorn.smtp.outbound;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;
import org.posthorn.spool.Carrier.Answer;
import org.posthorn.spool.Carrier.Load;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One try to hand over one load, server after server, until every recipient has an answer or there
/// is nobody left to ask. Confined to one thread.
///
/// The next server is asked only when the one before was of no use (not reached, closing, refusing
/// everything for now): what a server said of a recipient is the answer. Of the troubles with all
/// servers one counts ([Trouble#countsAfter]).
final class Attempt {
  private static final Logger log = LoggerFactory.getLogger(Attempt.class);
  private static final int TRIES_MAX = 10;

  /// How long the addresses of several equal servers are waited for.
  private static final Duration REACH_MAX = Duration.ofSeconds(5);

  private static final Answer OTHER_WAY =
      new Answer.Deferred(
          "4.4.4",
          Optional.empty(),
          "The routes have changed: it goes another way next time",
          "",
          Answer.Extent.NOWHERE);

  private final Load load;
  private final Course course;

  /// Who goes the way of the load's domain, and who does not any more.
  private final List<Recipient> along = new ArrayList<>();

  private final List<Recipient> others = new ArrayList<>();

  private final Course.Manner manner;
  private final MxLookup lookup;
  private final Policies policies;
  private final Greeting greeting;
  private final IdleConnections idle;
  private final TlsOutcomes outcomes;
  private final Map<Recipient, Answer> answers = new LinkedHashMap<>();
  private @Nullable Trouble trouble;

  /// A server was spoken to that may take the next mail, whatever it does not do with this one.
  private boolean mayTakeOthers;

  private int tries;

  Attempt(
      Load load,
      Routes routes,
      MxLookup lookup,
      Policies policies,
      Greeting greeting,
      IdleConnections idle,
      TlsOutcomes outcomes) {
    this.load = load;
    this.lookup = lookup;
    this.course = routes.of(load.sender(), load.domain());
    for (Recipient recipient : load.recipients()) {
      (goesAlong(recipient, routes) ? along : others).add(recipient);
    }
    this.manner = load.smarthost().isPresent() ? routes.usual() : course.manner();
    this.policies = policies;
    this.greeting = greeting;
    this.idle = idle;
    this.outcomes = outcomes;
  }

  /// Recipients of several domains come together where one server takes mail for all. The routes
  /// may have changed since; then no server is to see whom it was not meant for.
  private boolean goesAlong(Recipient recipient, Routes routes) {
    Domain domain = recipient.address().domain();
    return load.smarthost().isPresent()
        || domain.equals(load.domain())
        || (course.next() instanceof NextHop.Host
            && routes.of(load.sender(), domain).equals(course));
  }

  /// Throws what is a trouble of ours and no answer, unless there are answers already: who has the
  /// mail must not get it again.
  Map<Recipient, Answer> run() {
    try {
      Transaction mail = Transaction.of(load, Contents.of(load.message()));
      for (List<MailHost> equals : byPreference(hosts())) {
        if (isOver() || !tryHosts(equals, mail)) {
          break;
        }
      }
    } catch (Trouble nowhere) {
      note(nowhere);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(
          "The message cannot be read: " + Greeting.reason(unreadable), unreadable);
    } catch (RuntimeException | Error ours) {
      if (answers.isEmpty()) {
        throw ours;
      }
      log.atError().addKeyValue("mail", load.id()).setCause(ours).log("outbound-failed");
      note(Trouble.deferred("4.3.0", "Internal error: " + ours));
    }
    Answer rest = rest();
    Map<Recipient, Answer> all = new LinkedHashMap<>();
    others.forEach(recipient -> all.put(recipient, OTHER_WAY));
    // Those last: what they say of the destination counts.
    along.forEach(recipient -> all.put(recipient, answers.getOrDefault(recipient, rest)));
    return all;
  }

  /// What one of a domain's servers does not prove holds up the next mail only where none of the
  /// others was of use either. A DNS that does not answer does: it is not to look as if nobody
  /// could be reached, for then it held up mail that asks for less.
  private Answer rest() {
    if (trouble == null) {
      return Trouble.deferred("4.4.1", "No mail server could be reached").answer();
    }
    boolean isOfDomain = load.smarthost().isEmpty() && course.next() instanceof NextHop.ByMx;
    boolean isUnproven = trouble.isAtTheDoor() && trouble.hasAnswered();
    return (isUnproven && mayTakeOthers && isOfDomain ? trouble.withServer() : trouble).answer();
  }

  private List<MailHost> hosts() throws Trouble {
    if (load.smarthost().isPresent()) {
      return List.of(greeting.smarthost(load.smarthost().get()));
    }
    return switch (course.next()) {
      case NextHop.ByMx() -> lookup.hosts(load.domain());
      case NextHop.Host host -> List.of(greeting.routed(host));
      case NextHop.Refused(String reason) -> throw Trouble.failed("5.7.1", reason).untried();
    };
  }

  private static Collection<List<MailHost>> byPreference(List<MailHost> hosts) {
    return hosts.stream()
        .collect(
            Collectors.groupingBy(MailHost::preference, LinkedHashMap::new, Collectors.toList()))
        .values();
  }

  /// Tries servers of the same preference. False if all that are left are to be left out: one of
  /// these is ourselves, so neither its equals nor those behind them are any nearer to the
  /// recipient (RFC 5321 §5.1).
  private boolean tryHosts(List<MailHost> equals, Transaction mail) {
    Map<MailHost, MxLookup.Reach> reaches = reaches(equals);
    for (MxLookup.Reach reach : reaches.values()) {
      if (reach instanceof MxLookup.Reach.Ourselves(var loop)) {
        if (trouble == null) {
          note(loop);
        }
        return false;
      }
    }
    reaches.forEach((host, reach) -> {
      if (!isOver()) {
        tryHost(host, reach, mail);
      }
    });
    return true;
  }

  /// Asks for all of them side by side, and not for long: a DNS that is silent about one of them
  /// must not hold up the mail that another would take at once.
  private Map<MailHost, MxLookup.Reach> reaches(List<MailHost> equals) {
    if (equals.size() == 1) {
      return Map.of(equals.getFirst(), lookup.reach(equals.getFirst(), load.domain()));
    }
    Map<MailHost, CompletableFuture<MxLookup.Reach>> asked = new LinkedHashMap<>();
    for (MailHost host : equals) {
      asked.put(
          host,
          CompletableFuture.supplyAsync(
              () -> lookup.reach(host, load.domain()),
              task -> Thread.ofVirtual().name("mx-address").start(task)));
    }
    long deadline = System.nanoTime() + REACH_MAX.toNanos();
    Map<MailHost, MxLookup.Reach> reaches = new LinkedHashMap<>();
    asked.forEach((host, reach) -> reaches.put(host, inTime(host, reach, deadline)));
    return reaches;
  }

  private static MxLookup.Reach inTime(
      MailHost host, CompletableFuture<MxLookup.Reach> reach, long deadline) {
    long leftNanos = Math.max(0, deadline - System.nanoTime());
    var silent =
        new MxLookup.Reach.Nowhere(
            Trouble.deferred("4.4.3", "The DNS is silent about the address of " + host.name()));
    return reach.completeOnTimeout(silent, leftNanos, TimeUnit.NANOSECONDS).join();
  }

  private void tryHost(MailHost host, MxLookup.Reach reach, Transaction mail) {
    switch (reach) {
      case MxLookup.Reach.Nowhere(var why) -> {
        Greeting.warn(host, String.valueOf(why.getMessage()));
        note(why);
      }
      case MxLookup.Reach.Ourselves(var loop) -> note(loop);
      case MxLookup.Reach.At(List<InetAddress> addresses) -> {
        try {
          MailHost proving = policies.proving(host, load.domain(), mail.tlsWish());
          TlsWatch watch = policies.watch(proving, load.domain(), mail.tlsWish(), outcomes);
          addresses.forEach(
              address -> tryEndpoint(new Endpoint(proving, address, manner), mail, watch));
        } catch (Trouble forbidden) {
          policies.forbidden(host, load.domain(), mail.tlsWish(), outcomes, forbidden);
          note(forbidden);
        }
      }
    }
  }

  private void tryEndpoint(Endpoint endpoint, Transaction mail, TlsWatch watch) {
    if (isOver()) {
      return;
    }
    tries++;
    try {
      Optional<SmtpClient> used = idle.take(endpoint);
      if (used.isPresent()) {
        over(used.get(), mail);
      }
      // More than one, where a connection is not for all of many recipients.
      while (!open().isEmpty()) {
        over(greeting.open(endpoint, watch), mail);
      }
    } catch (Trouble why) {
      note(why);
    }
  }

  /// Carries over one connection, for as long as it is good. That one which has carried is of no
  /// more use says nothing about the server; what the server says over one that still is counts. So
  /// each new connection has an answer for somebody, or trouble for all.
  private void over(SmtpClient client, Transaction mail) throws Trouble {
    boolean hasCarried = client.mails() > 0;
    try {
      do {
        List<Recipient> open = open();
        client.carry(mail, open.subList(0, Math.min(open.size(), manner.recipientsMax())), answers);
        hasCarried = true;
        mayTakeOthers = true;
      } while (!open().isEmpty() && client.isOpen() && !client.isSpent());
    } catch (Trouble why) {
      if (!hasCarried || why.isPermanent() || client.isOpen()) {
        mayTakeOthers = true;
        throw why.over(client.tls());
      }
    } finally {
      idle.giveBack(client);
    }
  }

  private List<Recipient> open() {
    return along.stream().filter(one -> !answers.containsKey(one)).toList();
  }

  private boolean isOver() {
    return tries >= TRIES_MAX || (trouble != null && trouble.isLoginRefused()) || open().isEmpty();
  }

  private void note(Trouble next) {
    log.atDebug()
        .addKeyValue("mail", load.id())
        .addKeyValue("domain", load.domain())
        .addKeyValue("reason", next.getMessage())
        .log("outbound-trouble");
    mayTakeOthers |= next.hasAnswered() && !next.isAtTheDoor();
    if (trouble == null || next.countsAfter(trouble)) {
      trouble = next;
    }
  }
}
