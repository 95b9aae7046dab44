package org.posthorn.app.admin;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.posthorn.app.config.Units;
import org.posthorn.message.AddressText;
import org.posthorn.message.Counted;
import org.posthorn.message.MailAddress;
import org.posthorn.message.report.KnownRefusal;
import org.posthorn.smtp.outbound.OutboundRoute;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.DestinationState;
import org.posthorn.spool.QueueAdministration;
import org.posthorn.spool.QueueAdministration.Condition;
import org.posthorn.spool.QueueAdministration.Entry;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

/// What the API shows of mail under way.
final class QueueViews {
  /// The status of our own words where the DNS has not told where a server is.
  private static final String DNS_SILENT = "4.4.3";

  private static final String RELEASE = "Nothing is tried until  posthorn queue release";

  private QueueViews() {}

  record RecipientView(
      int number,
      String address,
      String state,
      String where,
      Optional<String> route,
      int attempts,
      Instant due,
      Optional<String> lastStatus,
      Optional<String> lastText,
      Optional<String> lastRemote,
      Optional<String> meaning,
      Optional<String> advice,
      Optional<ParkedView> parked) {
    /// With all that is said of the answer, as of its destination: too much for a long list.
    static RecipientView explained(QueuedRecipient row, Optional<Carrier.Way> way) {
      boolean isHeld = row.state() instanceof RecipientState.Held;
      if (way.isEmpty() || isHeld) {
        Optional<KnownRefusal> known = row.answer().flatMap(QueueViews::known);
        Optional<String> advice =
            known.map(KnownRefusal::forAdministrator).filter(words -> !words.isEmpty());
        return of(
            row,
            way,
            known.map(KnownRefusal::meaning),
            isHeld ? Optional.of(advice.map(words -> words + " ").orElse("") + RELEASE) : advice);
      }
      return of(
          row,
          way,
          row.answer().flatMap(QueueViews::meaning),
          row.answer().flatMap(said -> whatToDo(said, way, way.get().destination())));
    }

    static RecipientView of(QueuedRecipient row, Optional<Carrier.Way> way) {
      Optional<String> meaning = row.answer().flatMap(QueueViews::known).map(KnownRefusal::meaning);
      return of(row, way, meaning, Optional.empty());
    }

    private static RecipientView of(
        QueuedRecipient row,
        Optional<Carrier.Way> way,
        Optional<String> meaning,
        Optional<String> advice) {
      Optional<QueuedRecipient.Answer> answer = row.answer();
      return new RecipientView(
          row.number(),
          row.address().toString(),
          word(Condition.of(row.state())),
          where(row.state(), way),
          way.map(Carrier.Way::rule).filter(rule -> !rule.isEmpty()),
          row.attempts(),
          row.due(),
          answer.map(QueuedRecipient.Answer::status),
          answer.map(QueuedRecipient.Answer::text),
          answer.flatMap(QueuedRecipient.Answer::remote),
          meaning,
          advice,
          ParkedView.of(row.state()));
    }

    private static String where(RecipientState state, Optional<Carrier.Way> way) {
      return switch (state) {
        case RecipientState.Waiting(var place) -> "in front of " + place(place);
        case RecipientState.Outgoing outgoing ->
            "to " + way.map(Carrier.Way::where).orElse(outgoing.domain().ascii());
        case RecipientState.Held(var before) -> "held, was: " + where(before, way);
        case RecipientState.Parked(var repository, var place, var reason) ->
            repository.equals(RecipientState.DEAD_LETTERS)
                ? "stopped in front of " + place(place) + ": " + reason
                : "in the repository " + repository + ": " + reason;
      };
    }

    private static String place(RecipientState.Place place) {
      return place.processor() + (place.step().isEmpty() ? "" : "/" + place.step());
    }
  }

  /// In which repository it is, from which step it goes on, and why.
  record ParkedView(String repository, String processor, String step, String reason) {
    private static Optional<ParkedView> of(RecipientState state) {
      return state instanceof RecipientState.Parked(var repository, var place, var reason)
          ? Optional.of(new ParkedView(repository, place.processor(), place.step(), reason))
          : Optional.empty();
    }
  }

  record MailView(
      String id,
      Optional<String> sender,
      Instant received,
      Optional<String> remote,
      Optional<String> login,
      List<RecipientView> recipients) {
    static MailView of(Entry entry, QueueAdministration queue) {
      return new MailView(
          entry.id().value(),
          entry.sender().map(MailAddress::toString),
          entry.received(),
          entry.arrival().remote().map(AddressText::of),
          entry.arrival().login().map(MailAddress::toString),
          entry.recipients().stream()
              .map(row -> RecipientView.of(row, queue.way(entry, row)))
              .toList());
    }
  }

  record StopView(
      String host,
      int port,
      int preference,
      List<String> addresses,
      String tls,
      Optional<String> problem) {
    static StopView of(Carrier.Itinerary.Stop stop) {
      return new StopView(
          stop.host(),
          stop.port(),
          stop.preference(),
          stop.addresses(),
          stop.tls(),
          stop.problem());
    }
  }

  record RouteView(
      String recipient,
      boolean local,
      String where,
      String rule,
      String destination,
      Optional<String> limits,
      String helloName,
      List<StopView> servers,
      Optional<String> problem) {
    static RouteView of(MailAddress recipient, boolean local, Carrier.Itinerary found) {
      return new RouteView(
          recipient.toString(),
          local,
          found.way().where(),
          found.way().rule(),
          found.way().destination(),
          limitWords(found.way()),
          found.helloName(),
          found.stops().stream().map(StopView::of).toList(),
          found.problem());
    }
  }

  private static Optional<String> limitWords(Carrier.Way way) {
    Carrier.Pace pace = way.pace();
    List<String> words = new ArrayList<>();
    if (pace.atOnce() > 0) {
      words.add("at most " + Counted.of(pace.atOnce(), "connection"));
    }
    if (pace.mails() > 0) {
      words.add(
          "at most %s in %s".formatted(Counted.of(pace.mails(), "mail"), Units.write(pace.per())));
    }
    if (!pace.pause().isZero()) {
      words.add("%s between two mails".formatted(Units.write(pace.pause())));
    }
    // None: the server that is asked decides.
    if (way.recipients() > 0
        && way.recipients() < OutboundRoute.Limits.defaults().recipientsPerMail()) {
      words.add(
          way.recipients() == 1
              ? "one recipient in a mail"
              : "at most %d recipients in a mail".formatted(way.recipients()));
    }
    return words.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", words));
  }

  record MailDetail(
      String id,
      Optional<String> sender,
      Instant received,
      String protocol,
      Optional<String> remote,
      String helo,
      Optional<String> login,
      Optional<Long> sizeBytes,
      Optional<String> subject,
      List<RecipientView> recipients,
      MailCopy exact) {}

  record DestinationView(
      String name,
      String state,
      long recipients,
      long held,
      Optional<Instant> oldest,
      Optional<Instant> nextTry,
      int underway,
      int atOnce,
      int failures,
      Optional<Instant> leftAloneUntil,
      Optional<String> lastStatus,
      Optional<String> lastText,
      Optional<String> lastRemote,
      Optional<Instant> lastAt,
      Optional<String> meaning,
      Optional<String> advice,
      Optional<String> route,
      Optional<String> limits,
      List<DoorView> doors) {
    static DestinationView of(DestinationState state) {
      Optional<QueuedRecipient.Answer> answer = state.answer();
      return new DestinationView(
          state.name(),
          word(state),
          state.recipients(),
          state.held(),
          state.oldest(),
          state.nextDue(),
          state.underway(),
          state.atOnceMax(),
          state.failures(),
          state.leftAloneUntil(),
          answer.map(QueuedRecipient.Answer::status),
          answer.map(QueuedRecipient.Answer::text),
          answer.flatMap(QueuedRecipient.Answer::remote),
          answer.map(QueuedRecipient.Answer::at),
          answer.flatMap(QueueViews::meaning),
          answer.flatMap(said -> whatToDo(said, state.way(), state.name())),
          state.way().map(Carrier.Way::rule).filter(rule -> !rule.isEmpty()),
          state.way().flatMap(QueueViews::limitWords),
          state.doors().stream()
              .map(door -> DoorView.of(door, state.way(), state.name()))
              .toList());
    }

    private static String word(DestinationState state) {
      if (state.shutOut()) {
        boolean isForAll = state.leftAloneUntil().isPresent();
        return shut(state.doors().getFirst()) + (isForAll ? "" : " in part");
      }
      if (state.leftAloneUntil().isPresent()) {
        return "unreachable";
      }
      if (state.underway() > 0) {
        return "sending";
      }
      return state.recipients() > 0 ? "waiting" : state.held() > 0 ? "held" : "idle";
    }
  }

  /// A host lets nobody in; servers of a domain do not prove what it or the mail asks for.
  private static String shut(DestinationState.Door door) {
    return door.isOfDomain() ? "unproven" : "shut out";
  }

  /// One of the ways to come to a destination, where at some of them nobody is let in.
  record DoorView(
      String as,
      String state,
      long recipients,
      int failures,
      Optional<Instant> leftAloneUntil,
      Optional<String> lastText,
      Optional<String> meaning,
      Optional<String> advice) {
    private static DoorView of(
        DestinationState.Door door, Optional<Carrier.Way> way, String destination) {
      boolean isShut = door.leftAloneUntil().isPresent();
      Optional<QueuedRecipient.Answer> failure = door.answer().filter(_ -> door.failures() > 0);
      return new DoorView(
          door.name().orElse("usual mail"),
          isShut ? shut(door) : door.failures() > 0 ? "tried again" : "open",
          door.recipients(),
          door.failures(),
          door.leftAloneUntil(),
          door.answer().map(QueuedRecipient.Answer::text),
          failure.flatMap(QueueViews::meaning),
          failure.flatMap(said -> whatToDo(said, way, destination)));
    }
  }

  /// What the administrator can do about an answer. Where no server was asked, whatever else there
  /// is to do, the mail can take another way.
  private static Optional<String> whatToDo(
      QueuedRecipient.Answer answer, Optional<Carrier.Way> way, String destination) {
    Optional<String> known =
        known(answer).map(KnownRefusal::forAdministrator).filter(words -> !words.isEmpty());
    return answer.remote().isEmpty()
        ? Optional.of(known.map(words -> words + " ").orElse("") + otherWay(way, destination))
        : known;
  }

  /// What an answer means; where our own words are the last ones, why nobody was asked.
  private static Optional<String> meaning(QueuedRecipient.Answer answer) {
    return known(answer)
        .map(KnownRefusal::meaning)
        .or(() -> answer.remote().isEmpty() ? Optional.of(whyUnreached(answer)) : Optional.empty());
  }

  private static String whyUnreached(QueuedRecipient.Answer answer) {
    if (answer.failed()) {
      return "It went back to its sender: why stands in the words.";
    }
    String why =
        answer.status().equals(DNS_SILENT)
            ? "The DNS did not say where it is: if that is so of other names too, look at outbound.dns.servers (without them the system's count, /etc/resolv.conf)."
            : "No server there could be asked.";
    return why + " It is tried again by itself, ever more rarely.";
  }

  private static String otherWay(Optional<Carrier.Way> way, String destination) {
    String typed = typed(destination);
    return whyThere(way, destination)
        + "What waits goes another way by  posthorn queue reroute --destination %s --via HOST:PORT, and back to its senders by  posthorn queue fail --destination %s"
            .formatted(typed, typed);
  }

  /// As a shell takes it: brackets mean something to it.
  private static String typed(String destination) {
    return destination.indexOf('[') < 0 ? destination : "\"" + destination + "\"";
  }

  private static String whyThere(Optional<Carrier.Way> way, String destination) {
    String rule = way.map(Carrier.Way::rule).orElse("");
    if (rule.startsWith("outbound.")) {
      return "Mail goes there because of %s: if that is wrong, change it and say  posthorn reload. "
          .formatted(rule);
    }
    if (way.filter(Carrier.Way::isNamed).isPresent()) {
      return "A step of the chain, such as Relay, or  posthorn queue reroute  sends mail there: if a step does and that is wrong, change it and say  posthorn reload. What waits goes by the routes and the MX again by  posthorn queue reroute --destination %s --mx. "
          .formatted(typed(destination));
    }
    return "posthorn queue route user@%s  shows where its mail goes by the DNS. "
        .formatted(destination);
  }

  private static Optional<KnownRefusal> known(QueuedRecipient.Answer answer) {
    String words = answer.status() + " " + answer.text();
    return answer.remote().isEmpty() ? KnownRefusal.ofOurs(words) : KnownRefusal.in(words);
  }

  static String word(Condition condition) {
    return condition.name().toLowerCase(Locale.ROOT);
  }
}
