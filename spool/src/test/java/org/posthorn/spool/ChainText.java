package org.posthorn.spool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.spool.chain.ChainConfig;
import org.posthorn.spool.chain.ConfigTree;

/// A chain in few words for tests:
///
/// ```
/// root -> local
///   AddHeader if RecipientIs(a@b) name=X value=Y
/// ```
///
/// Processors begin at the margin and name what is at their end; steps are indented.
final class ChainText {
  private ChainText() {}

  static ChainConfig read(String text) {
    Map<String, Object> processors = new LinkedHashMap<>();
    List<Object> steps = new ArrayList<>();
    for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
      if (line.startsWith(" ")) {
        steps.add(step(line.strip()));
      } else {
        String[] words = line.split(" -> ", -1);
        steps = new ArrayList<>();
        processors.put(words[0], Map.of("steps", steps, "at-end", words[1]));
      }
    }
    return ChainConfig.of(ConfigTree.of(processors));
  }

  private static Map<String, Object> step(String line) {
    Map<String, Object> step = new LinkedHashMap<>();
    String[] words = line.split(" +", -1);
    step.put("mailet", words[0]);
    int next = 1;
    if (next < words.length && words[next].equals("if")) {
      step.put("match", words[next + 1].replace('_', ' '));
      next += 2;
    }
    for (; next < words.length; next++) {
      String[] parameter = words[next].split("=", 2);
      step.put(parameter[0], parameter[1]);
    }
    return step;
  }
}
