package org.posthorn.mailets.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;

/// Has a milter (Sendmail's protocol, version 6) judge the message, when it is here: the milter is
/// told of the client, the envelope and the content in one conversation for each mail. Header
/// fields that it adds are added, and a quarantine is noted as `milter.quarantine`, a discard as
/// `milter.discard`, for the chain. Other changes are not made and noted as `milter.ignored`.
final class Milter implements Gate {
  private final Remote.Place place;
  private final Duration patience;
  private final String hostname;

  private Milter(Remote.Place place, Duration patience, String hostname) {
    this.place = place;
    this.patience = patience;
    this.hostname = hostname;
  }

  public static final class Factory implements GateFactory {
    @Override
    public String name() {
      return "Milter";
    }

    @Override
    public Gate create(Parameters parameters, Services services) {
      return new Milter(
          Remote.Place.of("at", parameters.text("at")),
          parameters.duration("patience", Duration.ofSeconds(15)),
          services.hostname());
    }
  }

  @Override
  public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
    try (Remote remote = Remote.open(place, patience)) {
      var talk = new MilterTalk(remote, hostname);
      Optional<MilterTalk.Answer> end = talk.about(visitor, mail, message);
      Verdict verdict = end.map(Milter::verdict).orElseGet(Verdict::pass);
      return verdict instanceof Verdict.Pass ? notes(talk) : verdict;
    } catch (IOException e) {
      throw new UncheckedIOException("milter at " + place + ": " + e.getMessage(), e);
    }
  }

  private static Verdict verdict(MilterTalk.Answer answer) {
    return switch (answer) {
      case MilterTalk.Answer.Accept _ -> Verdict.pass();
      case MilterTalk.Answer.Reject _ ->
          Verdict.refuse("The message is not wanted", "milter: reject");
      case MilterTalk.Answer.TempFail _ ->
          Verdict.defer("Please try again later", "milter: tempfail");
      case MilterTalk.Answer.Discard _ -> Verdict.tag("milter.discard", "yes", "milter: discard");
      case MilterTalk.Answer.Reply(String text) -> reply(text);
    };
  }

  /// Such as `550 5.7.1 Go away`.
  private static Verdict reply(String text) {
    String[] words = text.split("[ -]", 3);
    boolean permanent = text.startsWith("5");
    boolean whole = words.length == 3 && words[0].matches("[45]\\d\\d");
    int code = whole ? Integer.parseInt(words[0]) : permanent ? 550 : 451;
    boolean hasStatus = whole && words[1].matches(words[0].charAt(0) + "\\.\\d{1,3}\\.\\d{1,3}");
    String status = hasStatus ? words[1] : permanent ? "5.7.1" : "4.7.1";
    String said = hasStatus ? words[2] : text.replaceFirst("^\\d{3}[ -]?", "");
    return code >= 500
        ? new Verdict.Refuse(code, status, said, "milter: " + text)
        : new Verdict.Defer(code, status, said, "milter: " + text);
  }

  private static Verdict notes(MilterTalk talk) {
    Map<String, String> attributes = new LinkedHashMap<>();
    talk.quarantine().ifPresent(why -> attributes.put("milter.quarantine", why));
    if (!talk.ignored().isEmpty()) {
      attributes.put("milter.ignored", String.join(", ", talk.ignored()));
    }
    return attributes.isEmpty() && talk.headers().isEmpty()
        ? Verdict.pass()
        : new Verdict.Tag(attributes, talk.headers(), "milter: changes");
  }
}
