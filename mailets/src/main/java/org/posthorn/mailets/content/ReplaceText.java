package org.posthorn.mailets.content;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.mailet.Mail;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailets.match.Expression;
import org.posthorn.mailets.match.FullStructure;
import org.posthorn.message.CharsetNames;
import org.posthorn.message.EncodedWord;
import org.posthorn.message.mime.Part;

/// Replaces what fits regular expressions in the subject and in the lines of the body, plain and
/// HTML, with other words. The text keeps its character set and its transfer encoding, unless the
/// words cannot be said in them; a text in which nothing fits keeps its bytes. Attachments stay,
/// and so do signed and encrypted mail and reports.
///
/// ```yaml
/// - match: IsAuthenticated and not RecipientIsLocal
///   mailet: ReplaceText
///   replace: {"\\b[0-9]{4}([ -]?[0-9]{4}){3}\\b": "[card number]"}
/// ```
final class ReplaceText implements Mailet {
  private static final Pattern GROUP = Pattern.compile("(?<!\\\\)\\$(\\d)");

  private final List<Rule> rules;
  private final String words;
  private final boolean subject;
  private final boolean text;

  private record Rule(Expression expression, String other) {}

  private ReplaceText(Settings settings) {
    this.rules =
        settings.replace.entrySet().stream()
            .map(each -> new Rule(new Expression(Pattern.compile(each.getKey())), each.getValue()))
            .toList();
    this.words = settings.replace.values().stream().collect(Collectors.joining());
    this.subject = settings.in != In.TEXT;
    this.text = settings.in != In.SUBJECT;
  }

  @Override
  public Outcome service(Mail mail) {
    Message message = mail.message();
    Part root = message.structure().root();
    if (Bodies.isSealed(root) || !FullStructure.is(root)) {
      return new Outcome.Continue(mail);
    }
    try {
      Message changed = text ? withTexts(message, root) : message;
      changed = subject ? withSubject(changed) : changed;
      return new Outcome.Continue(changed.equals(message) ? mail : mail.withMessage(changed));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Message withSubject(Message message) {
    String old = EncodedWord.decode(Fields.first(message, "Subject").orElse(""));
    String other = Fields.oneLine(changes().apply(old));
    return other.equals(Fields.oneLine(old)) ? message : Fields.replaced(message, "Subject", other);
  }

  private Message withTexts(Message message, Part root) throws IOException {
    List<Rewritten.Edit> edits = new ArrayList<>();
    for (Part body : Bodies.in(root)) {
      if (body.bodyBytes() > 0
          && Bodies.isReadable(body)
          && !TextLook.at(message, body).isArmored()) {
        for (Charset charset : charsets(body)) {
          if (isChanged(message, body, charset)) {
            edits.addAll(edits(body, charset));
            break;
          }
        }
      }
    }
    return edits.isEmpty() ? message : Rewritten.of(message, edits);
  }

  /// All rules on a line, with a budget of time for one text.
  private UnaryOperator<String> changes() {
    List<UnaryOperator<String>> all =
        rules.stream()
            .map(rule -> {
              Expression.Search search = rule.expression.search();
              return (UnaryOperator<String>) line -> search.replaced(line, rule.other);
            })
            .toList();
    return line -> {
      String changed = line;
      for (UnaryOperator<String> each : all) {
        changed = each.apply(changed);
      }
      return changed;
    };
  }

  /// False too where a text is not in that character set: then it would be damaged.
  private boolean isChanged(Message message, Part body, Charset charset) throws IOException {
    try (Reader decoded =
            new InputStreamReader(Rewritten.decoded(message, body), charset.newDecoder());
        var replacing = new Replacing(decoded, changes())) {
      replacing.transferTo(Writer.nullWriter());
      return replacing.hasChanged();
    } catch (CharacterCodingException _) {
      return false;
    }
  }

  private List<Rewritten.Edit> edits(Part body, Charset own) {
    boolean fits =
        StandardCharsets.US_ASCII.newEncoder().canEncode(words)
            && TextForm.isAsciiCompatible(body)
            && own.canEncode();
    TextForm form = fits ? TextForm.of(body) : TextForm.of(body).ableToSay(words);
    Charset charset = form.recoded().isPresent() ? StandardCharsets.UTF_8 : own;
    List<Rewritten.Edit> edits = new ArrayList<>();
    form.header().ifPresent(edits::add);
    edits.add(
        form.body(bytes ->
            Pumped.bytes(
                new Replacing(new InputStreamReader(bytes, charset), changes()), charset)));
    return edits;
  }

  /// What it may be read in. Where none is named or it is not known, ISO 8859-1 is one of them, in
  /// which every byte stays what it is.
  private static List<Charset> charsets(Part part) {
    String label = part.parameters().getOrDefault("charset", "us-ascii");
    Optional<Charset> known = CharsetNames.find(label);
    return known.isPresent() && !label.equalsIgnoreCase("us-ascii")
        ? List.of(known.get())
        : Stream.concat(known.stream(), Stream.of(StandardCharsets.ISO_8859_1)).toList();
  }

  @Override
  public boolean repeatable() {
    return true;
  }

  enum In {
    BOTH,
    SUBJECT,
    TEXT
  }

  record Settings(
      @Parameter(
              value =
                  "Regular expressions, each with the words that take the place of what fits; $1 is"
                      + " what fits the first parentheses.",
              min = 1,
              example = "{\"project (\\\\w+)\": \"project X\"}")
          Map<String, String> replace,
      @Parameter(value = "Where it is looked for.", otherwise = "both") In in) {
    Settings {
      replace.forEach(Settings::check);
    }

    private static void check(String expression, String other) {
      try {
        int groups = Pattern.compile(expression).matcher("").groupCount();
        boolean known =
            GROUP.matcher(other).results().allMatch(g -> Integer.parseInt(g.group(1)) <= groups);
        if (!known) {
          throw new ParameterException(
              "parameter 'replace': '%s' names parentheses that '%s' does not have"
                  .formatted(other, expression));
        }
        var _ = Pattern.compile("(?:" + expression + ")|").matcher("").replaceAll(other);
      } catch (PatternSyntaxException e) {
        throw new ParameterException(
            "parameter 'replace' has '%s': %s".formatted(expression, e.getDescription()));
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw new ParameterException(
            "parameter 'replace' has '%s': %s; write \\$ for a dollar"
                .formatted(other, e.getMessage()));
      }
    }
  }

  static MailetFactory<Settings> factory() {
    return new Made<>(
        "ReplaceText",
        "Replaces words in the subject and the body by regular expressions.",
        Settings.class,
        (settings, _) -> new ReplaceText(settings));
  }
}
