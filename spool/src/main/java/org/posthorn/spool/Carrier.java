package org.posthorn.spool;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Smarthost;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// Takes mail to other servers, one try at a time; the spool decides when to try and what becomes
/// of the answers. Implemented by SMTP's outbound room. Safe for use by many threads.
public interface Carrier {
  /// Tries once to hand `load` to its destination, over however many MX hosts that takes. Blocks,
  /// but not for ever. Never throws for what a remote server or the network does: every recipient
  /// has an answer.
  Map<Recipient, Answer> carry(Load load);

  /// Which way mail of `sender` for `domain` goes, unless it was sent to a smarthost. Asks nobody.
  default Way way(Optional<MailAddress> sender, Domain domain) {
    return new Way(
        domain.ascii(),
        "the mail servers of " + domain,
        "",
        Pace.USUAL,
        false,
        0,
        Optional.empty());
  }

  /// Whether it matters to [#way] who the sender is.
  default boolean waysDependOnSender() {
    return false;
  }

  /// How mail of `sender` for `domain` would go now: the DNS and the policies of the domain are
  /// asked, but no mail server.
  default Itinerary itinerary(Optional<MailAddress> sender, Domain domain) {
    return new Itinerary(way(sender, domain), "", List.of(), Optional.empty());
  }

  /// What is known of a way before a mail takes it: servers in the order in which they are tried,
  /// or why there are none. `helloName` is what we call ourselves there.
  record Itinerary(Way way, String helloName, List<Stop> stops, Optional<String> problem) {
    public Itinerary {
      stops = List.copyOf(stops);
    }

    /// A server; `addresses` in the order in which they are tried, with ours if the configuration
    /// names one. `tls` in words. `problem`: why it will not be tried.
    public record Stop(
        String host,
        int port,
        int preference,
        List<String> addresses,
        String tls,
        Optional<String> problem) {
      public Stop {
        addresses = List.copyOf(addresses);
      }
    }
  }

  /// `destination` is the name of what is counted, slowed down and left alone together; `where` and
  /// `rule` say for people where it leads and which entry of the configuration says so. `together`:
  /// one server takes all of it, so recipients of one mail share a transaction whatever their
  /// domains are. At most `recipients` share one (0: any number). `door` tells how we come to such
  /// a server, with which login, TLS and name of ours, in words: it may let nobody in at one, and
  /// all at another.
  record Way(
      String destination,
      String where,
      String rule,
      Pace pace,
      boolean together,
      int recipients,
      Optional<String> door) {
    /// The rule of mail that is sent to a server whatever the configuration says.
    static final String NAMED = "a step of the chain or an operator named it";

    /// How a door is named for people: the login, by its name in the configuration, and the TLS.
    public static String doorWords(Optional<String> login, String tls) {
      return login.map(name -> "login " + name).orElse("no login")
          + ", tls: "
          + tls.toLowerCase(Locale.ROOT);
    }

    public boolean isNamed() {
      return rule.equals(NAMED);
    }

    /// How many recipients of one mail count as one mail, where mails are counted (0: all).
    int counted() {
      return pace.isSlow() ? recipients : 0;
    }
  }

  /// How much a destination gets: at most `atOnce` mails under way (0: as many as any other), at
  /// most `mails` in each `per` (0: any number), and a `pause` between two.
  record Pace(int atOnce, int mails, Duration per, Duration pause) {
    public static final Pace USUAL = new Pace(0, 0, Duration.ofMinutes(1), Duration.ZERO);

    boolean isSlow() {
      return mails > 0 || !pause.isZero();
    }
  }

  /// The recipients of one mail that go the same way: all of `domain`, or through `smarthost`, or
  /// on a [Way] that they go together; then `domain` is that of the first.
  record Load(
      MailId id,
      Optional<MailAddress> sender,
      List<Recipient> recipients,
      Domain domain,
      Optional<Smarthost> smarthost,
      Message message,
      NewMail.Options options) {}

  /// What the remote said, or why nobody could be asked. `status` is an enhanced status code such
  /// as `5.1.1`; `text` the remote's reply with its code, or our own words; `remote` the host that
  /// answered. `tls` says how the connection was protected, such as `TLSv1.3
  /// TLS_AES_256_GCM_SHA384, verified by DANE`, or `none`; empty where there was none. `tried`: the
  /// mail set out, however far it came; where a route or a policy forbids it, it did not.
  sealed interface Answer {
    /// How far a mail came that waits.
    enum Extent {
      /// It did not set out.
      NOWHERE,
      /// To a server that lets nobody in as we came, with that login, whatever the mail is; or to
      /// those of a domain that do not prove what the mail asks for.
      DOOR,
      /// To a server, or to where none could be reached.
      SERVER
    }

    String tls();

    boolean tried();

    /// `notificationsPassedOn`: the remote knows DSN (RFC 3461) and was told what the sender wants
    /// to hear, so it is not for us to report success (§5.2.2). `deadlinePassedOn`: it knows
    /// DELIVERBY (RFC 2852) and was told when the mail is to be delivered, if the sender has said
    /// so. `stored`: it keeps no queue, and what it took is where it stays (RFC 2033).
    record Delivered(
        String remote,
        String text,
        boolean notificationsPassedOn,
        boolean deadlinePassedOn,
        String tls,
        boolean stored)
        implements Answer {
      public Delivered(String remote, String text, boolean notificationsPassedOn) {
        this(remote, text, notificationsPassedOn, false, "", false);
      }

      public Delivered(String remote, String text) {
        this(remote, text, false);
      }

      @Override
      public boolean tried() {
        return true;
      }
    }

    record Deferred(String status, Optional<String> remote, String text, String tls, Extent came)
        implements Answer {
      public Deferred(String status, Optional<String> remote, String text, String tls) {
        this(status, remote, text, tls, Extent.SERVER);
      }

      public Deferred(String status, Optional<String> remote, String text) {
        this(status, remote, text, "");
      }

      @Override
      public boolean tried() {
        return came != Extent.NOWHERE;
      }
    }

    record Failed(String status, Optional<String> remote, String text, String tls, boolean tried)
        implements Answer {
      public Failed(String status, Optional<String> remote, String text, String tls) {
        this(status, remote, text, tls, true);
      }

      public Failed(String status, Optional<String> remote, String text) {
        this(status, remote, text, "");
      }
    }
  }
}
