package org.posthorn.mailets.expression;

import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Directory;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Services;
import org.posthorn.mailets.auth.Notes;
import org.posthorn.mailets.match.AttachmentNameMatches;
import org.posthorn.mailets.match.FullStructure;
import org.posthorn.message.AddressText;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.message.mime.Envelope;
import org.posthorn.message.mime.Part;

/// All names that an expression can have in it. Immutable.
final class Vocabulary {
  /// What begins with this is asked for each recipient.
  static final String RECIPIENT = "recipient";

  private final Map<String, Term> names = new TreeMap<>();
  private final Map<String, Function<Arguments, Term>> functions = new TreeMap<>();

  Vocabulary(Services services) {
    envelope();
    message();
    origin();
    looks();
    directory(services.directory());
    time(services.clock());
    results();
  }

  Map<String, Term> names() {
    return names;
  }

  Map<String, Function<Arguments, Term>> functions() {
    return functions;
  }

  private void envelope() {
    address("sender", scene -> scene.mail().sender());
    address(RECIPIENT, scene -> Optional.of(scene.recipient().address()));
    text(
        "recipient.failure",
        scene -> Scene.text(scene.recipient().failure().map(Recipient.Failure::status)));
    texts(
        "recipients",
        scene -> scene.mail().recipients().stream().map(one -> one.address().toString()));
    amount("size", scene -> scene.mail().message().sizeBytes());
  }

  private void address(String name, Function<Scene, Optional<MailAddress>> of) {
    text(name, scene -> Scene.text(of.apply(scene)));
    text(name + ".local", scene -> Scene.text(of.apply(scene).map(MailAddress::localPart)));
    text(name + ".domain", scene -> Scene.text(of.apply(scene).map(MailAddress::domain)));
  }

  private void message() {
    text("subject", scene -> first(scene.values("Subject")));
    field("from", Envelope::from);
    text(
        "from.domain",
        scene -> {
          String from = first(addresses(scene, Envelope::from));
          return from.substring(from.lastIndexOf('@') + 1);
        });
    field("to", Envelope::to);
    field("cc", Envelope::cc);
    truth("has_attachment", mail -> FullStructure.mayHaveAttachment(mail.message()));
    texts("attachments", scene -> parts(scene).flatMap(AttachmentNameMatches::namesSeen));
    texts("types", scene -> parts(scene).map(part -> part.type() + "/" + part.subtype()));
  }

  private void field(String name, Function<Envelope, List<Envelope.Address>> of) {
    texts(name, scene -> addresses(scene, of));
  }

  private static Stream<String> addresses(
      Scene scene, Function<Envelope, List<Envelope.Address>> of) {
    return of.apply(scene.mail().message().structure().envelope()).stream()
        .filter(address -> address.host().isPresent())
        .map(address -> address.mailbox().orElse("") + "@" + domain(address.host().orElse("")));
  }

  /// As the DNS has it; what is no domain stays as it is.
  private static String domain(String host) {
    return Domain.parse(host).map(Domain::ascii).orElse(host);
  }

  /// All that can be seen; the structure of a message is bounded.
  private static Stream<Part> parts(Scene scene) {
    Message message = scene.mail().message();
    return FullStructure.view(message).orElse(message).structure().parts().stream();
  }

  private void origin() {
    text("remote", scene -> Scene.text(scene.mail().origin().remote().map(AddressText::of)));
    text("helo", scene -> Scene.text(scene.mail().origin().helo()));
    address("login", scene -> scene.mail().origin().login());
    text("protocol", scene -> scene.mail().origin().protocol());
    truth("authenticated", mail -> mail.origin().login().isPresent());
    functions.put(
        "remote_in",
        arguments -> {
          arguments.countAtLeastOne();
          List<AddressRange> ranges =
              IntStream.range(0, arguments.all().size())
                  .mapToObj(i -> arguments.make(i, text -> AddressRange.of("network", text)))
                  .toList();
          return truth(mail ->
              mail.origin().remote().stream()
                  .anyMatch(remote -> ranges.stream().anyMatch(range -> range.contains(remote))));
        });
  }

  private void looks() {
    functions.put(
        "header",
        arguments -> {
          arguments.count(1);
          String name = arguments.constant(0);
          return new Term.Text(scene -> first(scene.values(name)));
        });
    functions.put(
        "headers",
        arguments -> {
          arguments.count(1);
          String name = arguments.constant(0);
          return new Term.Texts(scene -> scene.values(name).toList());
        });
    functions.put(
        "has_header",
        arguments -> {
          arguments.count(1);
          String name = arguments.constant(0);
          return new Term.Truth(scene -> scene.values(name).findFirst().isPresent());
        });
    functions.put(
        "note",
        arguments -> {
          arguments.count(1);
          String name = arguments.constant(0);
          return new Term.Text(scene -> scene.mail().attributes().getOrDefault(name, ""));
        });
    functions.put(
        "has_note",
        arguments -> {
          arguments.count(1);
          String name = arguments.constant(0);
          return truth(mail -> mail.attributes().containsKey(name));
        });
    functions.put(
        "number",
        arguments -> {
          arguments.count(1);
          var text = arguments.text(0).of();
          return new Term.Amount(scene -> Numbers.leading(text.apply(scene)));
        });
    functions.put(
        "count",
        arguments -> {
          arguments.count(1);
          var texts = arguments.texts(0).of();
          return new Term.Amount(scene -> texts.apply(scene).size());
        });
    functions.put(
        "length",
        arguments -> {
          arguments.count(1);
          var text = arguments.text(0).of();
          return new Term.Amount(scene -> text.apply(scene).length());
        });
  }

  /// By the notes of the gate, which nobody else can write; the field that says the same has texts
  /// of strangers in it.
  private void results() {
    Map<String, String> notes =
        new TreeMap<>(
            Map.of(
                "spf", Notes.SPF,
                "dkim", Notes.DKIM,
                "dmarc", Notes.DMARC,
                "arc", Notes.ARC,
                "iprev", Notes.IPREV));
    functions.put(
        "result",
        arguments -> {
          arguments.count(1);
          String note = arguments.make(0, method -> noted(notes, method));
          return new Term.Text(scene -> scene.mail().attributes().getOrDefault(note, ""));
        });
  }

  private static String noted(Map<String, String> notes, String method) {
    String note = notes.get(method.toLowerCase(Locale.ROOT));
    if (note == null) {
      throw new IllegalArgumentException(
          "there is no result of %s; there are %s"
              .formatted(method, String.join(", ", notes.keySet())));
    }
    return note;
  }

  private void directory(Directory directory) {
    functions.put(
        "is_local",
        arguments -> {
          arguments.count(1);
          var text = arguments.text(0).of();
          return new Term.Truth(scene -> {
            String address = text.apply(scene);
            return Domain.parse(address.substring(address.lastIndexOf('@') + 1))
                .filter(directory::isLocal)
                .isPresent();
          });
        });
    functions.put(
        "has_mailbox",
        arguments -> {
          arguments.count(1);
          var text = arguments.text(0).of();
          return new Term.Truth(scene ->
              MailAddress.parse(text.apply(scene))
                  .filter(address -> directory.find(address) instanceof Directory.Mailbox)
                  .isPresent());
        });
  }

  private void time(InstantSource clock) {
    functions.put(
        "hour",
        arguments -> {
          Function<Scene, ZonedDateTime> now = now(clock, arguments);
          return new Term.Amount(scene -> now.apply(scene).getHour());
        });
    functions.put(
        "weekday",
        arguments -> {
          Function<Scene, ZonedDateTime> now = now(clock, arguments);
          return new Term.Text(scene -> now.apply(scene).getDayOfWeek().name());
        });
  }

  private static Function<Scene, ZonedDateTime> now(InstantSource clock, Arguments arguments) {
    arguments.count(1);
    ZoneId zone = arguments.make(0, ZoneId::of);
    return _ -> clock.instant().atZone(zone);
  }

  private void text(String name, Function<Scene, String> of) {
    names.put(name, new Term.Text(of));
  }

  private void texts(String name, Function<Scene, Stream<String>> of) {
    names.put(name, new Term.Texts(scene -> of.apply(scene).map(Scene::text).toList()));
  }

  private void amount(String name, ToDoubleFunction<Scene> of) {
    names.put(name, new Term.Amount(of));
  }

  private void truth(String name, Predicate<Mail> of) {
    names.put(name, truth(of));
  }

  private static Term.Truth truth(Predicate<Mail> of) {
    return new Term.Truth(scene -> of.test(scene.mail()));
  }

  private static String first(Stream<String> values) {
    return values.findFirst().orElse("");
  }
}
