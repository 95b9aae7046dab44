package org.posthorn.smtp.inbound;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.posthorn.mailet.Gate;
import org.posthorn.spool.plugin.WatchedGate;

/// When gates are asked. Most have an opinion at one stage only, and need not be asked at the
/// others.
enum Stage {
  CONNECTION,
  HELLO,
  SENDER,
  RECIPIENT,
  CONTENT;

  /// The stages whose methods a class of gates has of its own.
  private static final ClassValue<Set<Stage>> OWN =
      new ClassValue<>() {
        @Override
        protected Set<Stage> computeValue(Class<?> type) {
          Set<Stage> own = EnumSet.noneOf(Stage.class);
          Arrays.stream(type.getMethods())
              .filter(method -> method.getDeclaringClass() != Gate.class)
              .forEach(method -> {
                for (Stage stage : values()) {
                  if (stage.word().equals(method.getName())) {
                    own.add(stage);
                  }
                }
              });
          return own;
        }
      };

  /// As in the log.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean concerns(Gate gate) {
    return OWN.get(WatchedGate.typeOf(gate)).contains(this);
  }
}
