package org.posthorn.spool.chain;

import java.util.List;
import org.posthorn.storage.queue.RecipientState.Place;

/// Steps in their order, and what is at their end.
record Processor(String name, List<Step> steps, AtEnd atEnd) {
  Processor {
    steps = List.copyOf(steps);
  }

  /// The step of this label, or the first one where the configuration has no such step any more.
  int indexOf(String label) {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).label().equals(label)) {
        return i;
      }
    }
    return 0;
  }

  /// Of a step for people, with where it stands, or of the end.
  String nameOf(int index) {
    if (index >= steps.size()) {
      return name + " (at its end)";
    }
    Step step = steps.get(index);
    return name + "/" + step.label() + (step.where().isEmpty() ? "" : " (" + step.where() + ")");
  }

  Place placeOf(int index) {
    return new Place(name, index < steps.size() ? steps.get(index).label() : "");
  }
}
