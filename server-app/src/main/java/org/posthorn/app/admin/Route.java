package org.posthorn.app.admin;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.app.config.Spelling;

/// One thing that the API can do. `pattern` is a path such as `/users/{login}`; `summary` one
/// sentence for the documentation; `parameters` are all that its query may have.
record Route(
    String method, String pattern, String summary, Handler handler, List<String> parameters) {
  /// `path` has the values of the pattern's names.
  interface Handler {
    AdminAnswer handle(AdminRequest request, Map<String, String> path);
  }

  Route(String method, String pattern, String summary, Handler handler) {
    this(method, pattern, summary, handler, List.of());
  }

  /// The same, with a query that may have these parameters.
  Route taking(String... names) {
    return new Route(method, pattern, summary, handler, List.of(names));
  }

  /// Without that, who mistypes what an order is for would give it for all.
  AdminAnswer answer(AdminRequest request, Map<String, String> path) {
    for (String name : request.query().keySet()) {
      if (!parameters.contains(name)) {
        throw Declined.badRequest(unknown(name));
      }
    }
    return handler.handle(request, path);
  }

  private String unknown(String name) {
    if (parameters.isEmpty()) {
      return "%s %s has no parameters, and so no \"%s\"".formatted(method, pattern, name);
    }
    return "%s %s has no parameter \"%s\"%s %s"
        .formatted(
            method,
            pattern,
            name,
            Spelling.nearest(name, parameters)
                .map(near -> "; did you mean %s? There are".formatted(near))
                .orElse("; there are"),
            String.join(", ", parameters));
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
