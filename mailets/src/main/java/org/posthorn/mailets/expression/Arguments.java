package org.posthorn.mailets.expression;

import java.time.DateTimeException;
import java.util.List;
import java.util.function.Function;
import org.posthorn.mailet.ParameterException;

/// What stands in the parentheses behind a name; whoever asks for one says of what kind it must be.
/// `position` is that of the name. Throws [Misread] where there is something else.
record Arguments(String name, int position, List<Argument> all) {
  /// `term` is what it is, `token` the word where it begins, `isText` whether it is just that text.
  record Argument(Term term, Token token, boolean isText) {}

  Arguments {
    all = List.copyOf(all);
  }

  /// A text that stands in the expression, so that it can be looked at now.
  String constant(int index) {
    Argument argument = at(index);
    if (!argument.isText) {
      throw new Misread(
          argument.token.position(),
          "%s needs a text in quotes, not %s".formatted(name, argument.token.shown()));
    }
    return argument.token.text();
  }

  Term.Text text(int index) {
    if (at(index).term instanceof Term.Text text) {
      return text;
    }
    throw unfit(index, "a text");
  }

  Term.Texts texts(int index) {
    if (at(index).term instanceof Term.Texts texts) {
      return texts;
    }
    throw unfit(index, "several texts");
  }

  void count(int count) {
    if (all.size() != count) {
      throw new Misread(
          position,
          "%s needs %s, not %d"
              .formatted(name, count == 1 ? "one argument" : count + " arguments", all.size()));
    }
  }

  void countAtLeastOne() {
    if (all.isEmpty()) {
      throw new Misread(position, name + " needs at least one argument");
    }
  }

  /// Makes something of a constant; what cannot be made says why at the place of the argument.
  <T> T make(int index, Function<String, T> making) {
    try {
      return making.apply(constant(index));
    } catch (IllegalArgumentException | DateTimeException | ParameterException e) {
      throw new Misread(
          at(index).token.position(),
          String.valueOf(e.getMessage()).lines().findFirst().orElse("it makes no sense"));
    }
  }

  private Argument at(int index) {
    return all.get(index);
  }

  private Misread unfit(int index, String wanted) {
    return new Misread(
        at(index).token.position(),
        "%s needs %s here, not %s".formatted(name, wanted, at(index).term.kind()));
  }
}
