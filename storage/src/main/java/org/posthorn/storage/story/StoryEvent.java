package org.posthorn.storage.story;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/// Everything that can happen to a mail, in the order in which it happens. Texts are cut, lists are
/// bounded; what is absent is empty. There are no subjects, no texts of messages and no secrets.
public sealed interface StoryEvent {
  /// Some addresses of `count`.
  record Addresses(List<String> some, int count) {
    private static final int SOME_MAX = 50;
    static final int MOST_MAX = 1_000;
    public static final Addresses NONE = new Addresses(List.of(), 0);

    public Addresses {
      some = List.copyOf(some);
    }

    public static Addresses of(List<?> all) {
      return upTo(SOME_MAX, all);
    }

    /// As many as there can be: for those of whom it must be known later that they are done.
    public static Addresses most(List<?> all) {
      return upTo(MOST_MAX, all);
    }

    private static Addresses upTo(int max, List<?> all) {
      return new Addresses(all.stream().limit(max).map(Object::toString).toList(), all.size());
    }

    public static Addresses one(String address) {
      return address.isEmpty() ? NONE : new Addresses(List.of(address), 1);
    }

    public boolean isEmpty() {
      return count == 0;
    }
  }

  /// What a gate has said about a mail that was taken.
  record GateNote(String gate, String reason) {}

  /// What the client wrote as sender and recipients where it counts as another: a gate has changed
  /// it, or it stands for somebody else, as a return path does. Empty what is as it was written;
  /// the null sender is `<>`.
  record Written(String sender, Addresses to) {
    public static final Written SAME = new Written("", Addresses.NONE);
  }

  /// Durably ours. An empty `sender` is the null sender; `onBehalfOf` is the mail for which a
  /// mailet made this one; `protocol` as in `Received:`; `asked` is what the sender wants beyond
  /// delivery, in words; `held` is why it waits for an operator to release it.
  record Accepted(
      String sender,
      Addresses to,
      long sizeBytes,
      String messageId,
      String protocol,
      String remote,
      String helo,
      String login,
      String connection,
      String onBehalfOf,
      List<GateNote> gates,
      String asked,
      Written written,
      String held)
      implements StoryEvent {
    public Accepted {
      gates = List.copyOf(gates);
    }
  }

  /// Answered with 250 and thrown away: a gate said that nobody gets it, and `because` of what.
  record Discarded(
      String sender,
      Addresses to,
      String remote,
      String connection,
      String messageId,
      String because)
      implements StoryEvent {}

  /// Not taken: `stage` is how far the client came, `because` what a gate gave as its reason;
  /// `messageId` is empty where the header has not come.
  record Refused(
      String stage,
      String sender,
      Addresses to,
      String remote,
      String helo,
      String login,
      String connection,
      String reply,
      String because,
      String messageId)
      implements StoryEvent {}

  /// A mailet has decided: for whom (`to`), who they have `became` and who sends it on (`sender`)
  /// where that changed.
  record Step(
      String place, Addresses to, String outcome, Addresses became, String sender, long micros)
      implements StoryEvent {}

  /// These have it, or are done in another way.
  record Served(Addresses to, String place, String how) implements StoryEvent {}

  record Retried(Addresses to, String place, String why, Instant next) implements StoryEvent {}

  record Dead(Addresses to, String place, String why) implements StoryEvent {}

  /// In a repository, where they stay until somebody runs them again.
  record Parked(Addresses to, String place, String repository, String why) implements StoryEvent {}

  /// `tls` is how the connection was protected, such as `TLSv1.3 TLS_AES_256_GCM_SHA384, verified
  /// by DANE`, or `none`; empty where it is not known, or there was no connection.
  record Relayed(Addresses to, String remote, String said, String tls) implements StoryEvent {}

  /// `tls` as in [Relayed]; no `attempts`: there was no try, for its destination is left alone.
  record Deferred(
      Addresses to,
      int attempts,
      String status,
      String remote,
      String said,
      Instant next,
      String tls)
      implements StoryEvent {}

  /// `tls` as in [Relayed].
  record Failed(Addresses to, int attempts, String status, String remote, String said, String tls)
      implements StoryEvent {}

  /// `by` is the name of the user of the system who said it; empty where it is not known.
  record Administered(String what, int recipients, String by) implements StoryEvent {}

  /// So many events are missing here, of any mails.
  record Missing(long events) implements StoryEvent {}

  /// The Message-ID, where a message began with this event or was refused.
  default String messageId() {
    return "";
  }

  /// Whom it is about.
  default void addresses(Consumer<String> each) {
    switch (this) {
      case Accepted accepted -> {
        each.accept(accepted.sender);
        accepted.to.some.forEach(each);
        each.accept(accepted.login);
        each.accept(accepted.written.sender);
        accepted.written.to.some.forEach(each);
      }
      case Discarded discarded -> {
        each.accept(discarded.sender);
        discarded.to.some.forEach(each);
      }
      case Refused refused -> {
        each.accept(refused.sender);
        refused.to.some.forEach(each);
        each.accept(refused.login);
      }
      case Step step -> {
        step.to.some.forEach(each);
        step.became.some.forEach(each);
        each.accept(step.sender);
      }
      case Served served -> served.to.some.forEach(each);
      case Retried retried -> retried.to.some.forEach(each);
      case Dead dead -> dead.to.some.forEach(each);
      case Parked parked -> parked.to.some.forEach(each);
      case Relayed relayed -> relayed.to.some.forEach(each);
      case Deferred deferred -> deferred.to.some.forEach(each);
      case Failed failed -> failed.to.some.forEach(each);
      case Administered _, Missing _ -> {}
    }
  }
}
