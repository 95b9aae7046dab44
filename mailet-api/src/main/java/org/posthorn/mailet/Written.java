package org.posthorn.mailet;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Parameters as the operator wrote them: texts, lists of texts and blocks of texts by name, in the
/// order of the file. `unnamed` are those that a matcher is given in parentheses without a name;
/// they fill the record's components from the first to the last, and a list takes all that is left.
/// `processors` are the names of the chain's processors.
public record Written(Map<String, ?> named, List<String> unnamed, Set<String> processors) {
  public Written {
    named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    unnamed = List.copyOf(unnamed);
    processors = Set.copyOf(processors);
  }
}
