package org.posthorn.mailets.expression;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/// A part of an expression that was read and checked: what it is for a mail. Its kind is its type,
/// so that what does not fit together is found when it is read. Immutable.
sealed interface Term {
  /// What messages call the kind.
  String kind();

  record Truth(Predicate<Scene> of) implements Term {
    @Override
    public String kind() {
      return "true or false";
    }
  }

  /// `NaN` where there is no number: then no comparison holds but `!=`.
  record Amount(ToDoubleFunction<Scene> of) implements Term {
    @Override
    public String kind() {
      return "a number";
    }
  }

  /// Empty where there is none.
  record Text(Function<Scene, String> of) implements Term {
    @Override
    public String kind() {
      return "a text";
    }
  }

  record Texts(Function<Scene, List<String>> of) implements Term {
    @Override
    public String kind() {
      return "several texts";
    }
  }
}
