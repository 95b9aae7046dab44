package org.posthorn.app.admin;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One thing that the API can do. `pattern` is a path such as `/users/{login}`; `summary` one
/// sentence for the documentation.
record Route(String method, String pattern, String summary, Handler handler) {
  /// `path` has the values of the pattern's names.
  interface Handler {
    AdminAnswer handle(AdminRequest request, Map<String, String> path);
  }

  /// The values of the names in the pattern, when the path fits.
  Optional<Map<String, String>> match(List<String> path) {
    List<String> parts =
        Arrays.stream(pattern.split("/", -1)).filter(part -> !part.isEmpty()).toList();
    if (parts.size() != path.size()) {
      return Optional.empty();
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      if (part.startsWith("{")) {
        values.put(part.substring(1, part.length() - 1), path.get(i));
      } else if (!part.equals(path.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(values);
  }
}
