package org.posthorn.smtp.outbound;

import java.util.Optional;
import org.posthorn.spool.Carrier.Answer;

/// A server, or the way to it, is of no use for any recipient: the next one is to be tried, and if
/// there is none, this is the answer.
final class Trouble extends Exception {
  private static final long serialVersionUID = 1L;

  /// Login or password are wrong (RFC 4954 §6), which is for the operator to mend.
  static final String LOGIN_REFUSED = "4.7.8";

  private final transient Answer answer;
  private final transient Optional<Reported> reported;

  /// What the domain is told of it (RFC 8460), under this policy, or the one that is in force.
  record Reported(TlsOutcomes.Result result, Optional<TlsOutcomes.Policy> policy) {}

  private Trouble(Answer answer, String text) {
    this(answer, text, Optional.empty());
  }

  private Trouble(Answer answer, String text, Optional<Reported> reported) {
    super(text, null, false, false);
    this.answer = answer;
    this.reported = reported;
  }

  /// The same, as something that the policy of the domain is to blame for (RFC 8460).
  Trouble reportedAs(TlsOutcomes.Result result) {
    return told(new Reported(result, Optional.empty()));
  }

  Trouble reportedAs(TlsOutcomes.Result result, TlsOutcomes.Policy policy) {
    return told(new Reported(result, Optional.of(policy)));
  }

  private Trouble told(Reported told) {
    return new Trouble(answer, String.valueOf(getMessage()), Optional.of(told));
  }

  /// The same, over a connection that was protected like this.
  Trouble over(String tls) {
    Answer told =
        switch (answer) {
          case Answer.Deferred(var status, var remote, var text, _, var came) ->
              new Answer.Deferred(status, remote, text, tls, came);
          case Answer.Failed(var status, var remote, var text, _, boolean tried) ->
              new Answer.Failed(status, remote, text, tls, tried);
          case Answer.Delivered delivered -> delivered;
        };
    return new Trouble(told, String.valueOf(getMessage()), reported);
  }

  /// The same, where the server lets nobody in as we come, whatever the mail is.
  Trouble atTheDoor() {
    return answer instanceof Answer.Deferred(var status, var remote, var text, var tls, _)
        ? new Trouble(
            new Answer.Deferred(status, remote, text, tls, Answer.Extent.DOOR),
            String.valueOf(getMessage()),
            reported)
        : this;
  }

  boolean isAtTheDoor() {
    return answer instanceof Answer.Deferred(_, _, _, _, var came) && came == Answer.Extent.DOOR;
  }

  /// The same, where the server may let other mail in.
  Trouble withServer() {
    return answer instanceof Answer.Deferred(var status, var remote, var text, var tls, _)
        ? new Trouble(
            new Answer.Deferred(status, remote, text, tls), String.valueOf(getMessage()), reported)
        : this;
  }

  /// The same, where a rule forbids the way, or nothing of ours can set out on it: that says
  /// nothing of how the servers are.
  Trouble untried() {
    Answer told =
        switch (answer) {
          case Answer.Deferred(var status, var remote, var text, String tls, _) ->
              new Answer.Deferred(status, remote, text, tls, Answer.Extent.NOWHERE);
          case Answer.Failed(var status, var remote, var text, String tls, _) ->
              new Answer.Failed(status, remote, text, tls, /* tried= */ false);
          case Answer.Delivered delivered -> delivered;
        };
    return new Trouble(told, String.valueOf(getMessage()), reported);
  }

  Optional<Reported> reported() {
    return reported;
  }

  /// In our own words: nobody was reached who could have answered.
  static Trouble deferred(String status, String text) {
    return new Trouble(new Answer.Deferred(status, Optional.empty(), text), text);
  }

  static Trouble deferred(String status, String remote, String text) {
    return new Trouble(new Answer.Deferred(status, Optional.of(remote), text), text);
  }

  static Trouble failed(String status, String text) {
    return new Trouble(new Answer.Failed(status, Optional.empty(), text), text);
  }

  static Trouble failed(String status, String remote, String text) {
    return new Trouble(new Answer.Failed(status, Optional.of(remote), text), text);
  }

  /// What the server replied.
  static Trouble replied(String remote, Reply reply) {
    if (!reply.isRefusal()) {
      return deferred("4.5.0", remote, "It answered out of turn: " + reply.text());
    }
    Answer answer =
        reply.isPermanent()
            ? new Answer.Failed(reply.status(), Optional.of(remote), reply.text())
            : new Answer.Deferred(reply.status(), Optional.of(remote), reply.text());
    return new Trouble(answer, reply.text());
  }

  /// A server that the operator named does not want us, whatever the mail is: that is for the
  /// operator to mend, and no reason to send mail back.
  static Trouble unwelcome(Endpoint endpoint, Reply reply) {
    String text =
        reply.wantsLogin()
            ? "It wants a login, another one, or TLS: " + reply.text()
            : "It takes no mail from this server: " + reply.text();
    return deferred("4" + reply.status().substring(1), endpoint.remote(), text);
  }

  Answer answer() {
    return answer;
  }

  String status() {
    return switch (answer) {
      case Answer.Deferred(String status, _, _, _, _) -> status;
      case Answer.Failed(String status, _, _, _, _) -> status;
      case Answer.Delivered _ -> "2.0.0";
    };
  }

  /// Whether each further try with this login is a step towards an account that is locked.
  boolean isLoginRefused() {
    return isAtTheDoor() && status().equals(LOGIN_REFUSED);
  }

  /// Whether a server was reached that had something to say.
  boolean hasAnswered() {
    return answer instanceof Answer.Deferred(_, var remote, _, _, _) && remote.isPresent();
  }

  boolean isPermanent() {
    return answer instanceof Answer.Failed;
  }

  /// Whether it is the answer rather than `before`, which came of another server: the last of those
  /// that weigh most is. But that one was not there is no word on all, where another one was not
  /// asked, for what this mail asks for: others may have it.
  boolean countsAfter(Trouble before) {
    boolean isElsewhere = before.isAtTheDoor() && !isAtTheDoor() && !hasAnswered();
    return isElsewhere ? weight() > before.weight() : weight() >= before.weight();
  }

  /// How much it says of where several servers leave a mail: as long as one of them may get better,
  /// the mail waits, and what a server has answered goes before that another was not there.
  private int weight() {
    return switch (answer) {
      case Answer.Deferred(_, var remote, _, _, _) when remote.isPresent() -> 3;
      case Answer.Deferred deferred -> deferred.tried() ? 2 : 1;
      case Answer.Failed _, Answer.Delivered _ -> 0;
    };
  }
}
