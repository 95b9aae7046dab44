package org.posthorn.spool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// A carrier that answers as a test says and remembers what it was asked. Safe for use by many
/// threads.
final class ScriptedCarrier implements Carrier {
  private final List<Load> loads = new ArrayList<>();
  private volatile Optional<String> route = Optional.empty();
  private volatile Function<MailAddress, String> login = _ -> "provider";
  private volatile BiFunction<Load, Recipient, Answer> script =
      (_, _) -> new Answer.Delivered("mx.example.net", "250 ok", true);

  private volatile Runnable beforeWay = () -> {};
  private volatile Pace pace = Pace.USUAL;
  private volatile int recipients;

  void answer(BiFunction<Load, Recipient, Answer> answers) {
    script = answers;
  }

  static BiFunction<Load, Recipient, Answer> unreachable() {
    return (_, _) -> new Answer.Deferred("4.4.1", Optional.empty(), "Connection refused");
  }

  static BiFunction<Load, Recipient, Answer> loginRefused() {
    return (_, _) ->
        new Answer.Deferred(
            "4.7.8",
            Optional.of("smart.example"),
            "Login failed: 535 5.7.8 Wrong",
            "",
            Answer.Extent.DOOR);
  }

  static BiFunction<Load, Recipient, Answer> deferred() {
    return (_, _) -> new Answer.Deferred("4.2.1", Optional.of("mx.example.net"), "451 4.2.1 later");
  }

  static BiFunction<Load, Recipient, Answer> failed() {
    return (_, _) -> new Answer.Failed("5.1.1", Optional.of("mx.example.net"), "550 5.1.1 nobody");
  }

  /// Mail of all domains goes there.
  void routeAll(String host) {
    route = Optional.of(host);
  }

  /// The credentials with which mail of a sender goes on the route.
  void login(Function<MailAddress, String> ofSender) {
    login = ofSender;
  }

  /// The MX of every domain get mail at this pace.
  void pace(Pace other) {
    pace = other;
  }

  /// They take so many recipients in a transaction.
  void recipients(int max) {
    recipients = max;
  }

  /// Done whenever somebody asks for a way.
  void beforeWay(Runnable check) {
    beforeWay = check;
  }

  @Override
  public Way way(Optional<MailAddress> sender, Domain domain) {
    beforeWay.run();
    return route
        .map(host -> new Way(host, host, "all mail", Pace.USUAL, true, 0, sender.map(login)))
        .orElseGet(() ->
            new Way(
                domain.ascii(), "its MX", "no route", pace, false, recipients, Optional.empty()));
  }

  @Override
  public boolean waysDependOnSender() {
    return route.isPresent();
  }

  @Override
  public Map<Recipient, Answer> carry(Load load) {
    synchronized (loads) {
      loads.add(load);
    }
    Map<Recipient, Answer> answers = new HashMap<>();
    load.recipients().forEach(each -> answers.put(each, script.apply(load, each)));
    return answers;
  }

  List<Load> loads() {
    synchronized (loads) {
      return List.copyOf(loads);
    }
  }
}
