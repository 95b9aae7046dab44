package org.posthorn.app.admin;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.posthorn.app.config.Spelling;

/// One thing that the API can do. `pattern` is a path such as `/users/{login}`; `summary` one
/// sentence for the documentation; `parameters` are all that its query may have, `flags` those of
/// them that are true or false.
record Route(
    String method,
    String pattern,
    String summary,
    Handler handler,
    List<String> parameters,
    List<String> flags) {
  /// `path` has the values of the pattern's names.
  interface Handler {
    AdminAnswer handle(AdminRequest request, Map<String, String> path);
  }

  Route(String method, String pattern, String summary, Handler handler) {
    this(method, pattern, summary, handler, List.of(), List.of());
  }

  /// The same, with a query that may have these parameters too, of which the handler says what they
  /// may be.
  Route taking(String... names) {
    return new Route(method, pattern, summary, handler, with(parameters, names), flags);
  }

  /// The same, with a query that may have these parameters too, which are `true` or `false`, `1` or
  /// `0`; alone, without a value, they are `true`.
  Route takingFlags(String... names) {
    return new Route(
        method, pattern, summary, handler, with(parameters, names), with(flags, names));
  }

  private static List<String> with(List<String> known, String... more) {
    return Stream.concat(known.stream(), Arrays.stream(more)).toList();
  }

  AdminAnswer answer(AdminRequest request, Map<String, String> path) {
    request.query().forEach((name, value) -> check(request, name, value));
    return handler.handle(request, path);
  }

  /// Without that, who mistypes what an order is for would give it for all, and who writes `no`
  /// might get a yes.
  private void check(AdminRequest request, String name, String value) {
    if (!parameters.contains(name)) {
      throw Declined.badRequest(unknown(name));
    }
    if (flags.contains(name) && !request.isAlone(name) && !value.matches("true|false|1|0")) {
      throw Declined.badRequest(
          "%s is \"%s\": write %s=true or %s=false".formatted(name, value, name, name));
    }
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
