package org.posthorn.app.config;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.posthorn.app.ServerConfig;

/// Writes docs/configuration.md from the records: their comments, types and defaults.
final class ConfigReference {
  private static final String HEAD =
      """
      # Configuration

      This page is made from the comments of the configuration records in the source, and a test
      compares the two; to write it anew: `mvn -pl server-app -am test
      -Dtest=ConfigReferenceTest -Dsurefire.failIfNoSpecifiedTests=false -Dposthorn.docs.write`.

      One YAML file, `posthorn.yaml` in the data directory or what `--config` names. Every key may
      be left out: without a file everything listens on loopback. A key that is not known keeps the
      server from starting, and the message names the line and the key that was probably meant.

      - Sizes: `50MB` (K, M, G, T are powers of 1024). Times: `30s`, `10m`, `2h`, `5d`, `1h30m`.
      - `${env:NAME}` is an environment variable, `${file:PATH}` the text of a file (relative to the
        configuration file): that is where secrets belong.
      - Names of files and folders that are no full paths are in the data directory; only those of
        `chain-file` and `gates-file` are beside the configuration file.
      - `--set smtp.mx.port=2525` on the command line lies over the file; may be repeated. A key with
        dots in it stands in double quotes: `--set 'outbound.static-routes."example.org"=192.0.2.1:25'`.
        A list is set as a whole: `--set 'web.mta-sts.mx=[]'` leaves nothing of the file's.
      - `posthorn config check` says whether a server would start with it, `posthorn config show`
        where each value comes from, `posthorn reload` lets a running server read it again.

      A server for the world, whose name is `mail.example.org`:

      ```yaml
      hostname: mail.example.org
      tls:
        certificates:
          - certificate: /etc/letsencrypt/live/mail.example.org/fullchain.pem
            key: /etc/letsencrypt/live/mail.example.org/privkey.pem
      smtp:
        mx: {host: 0.0.0.0, port: 25}
        submission: {host: 0.0.0.0, port: 587}
        submissions: {host: 0.0.0.0, port: 465}
      imap:
        plain: {host: 0.0.0.0, port: 143}
        tls: {host: 0.0.0.0, port: 993}
      pop3:
        plain: {host: 0.0.0.0, port: 110}
        tls: {host: 0.0.0.0, port: 995}
      ```
      """;

  private final RecordComments comments;
  private final StringBuilder page = new StringBuilder(HEAD);

  private record Block(String path, Class<?> type, Optional<Object> defaults, String comment) {}

  ConfigReference(RecordComments comments) {
    this.comments = comments;
  }

  String write() throws IOException {
    block(new Block("", ServerConfig.class, Optional.of(ServerConfig.defaults()), ""));
    return page.toString();
  }

  private void block(Block block) throws IOException {
    String title = block.path().isEmpty() ? "Top level" : "`" + block.path() + "`";
    page.append("\n## ").append(title).append("\n\n");
    if (!block.comment().isEmpty()) {
      page.append(block.comment()).append("\n\n");
    }
    List<Block> below = new ArrayList<>();
    List<String> rows = new ArrayList<>();
    rows(block, rows, below);
    if (!rows.isEmpty()) {
      page.append("| key | default | what it is |\n|---|---|---|\n");
      rows.forEach(row -> page.append(row).append('\n'));
    }
    for (Block next : below) {
      block(next);
    }
  }

  private void rows(Block block, List<String> rows, List<Block> below) throws IOException {
    Map<String, String> texts = comments.of(block.type());
    for (RecordComponent component : block.type().getRecordComponents()) {
      String comment = texts.getOrDefault(component.getName(), "");
      Optional<Object> value = block.defaults().map(from -> read(component, from));
      String key = Names.key(component.getName());
      String path = block.path().isEmpty() ? key : block.path() + "." + key;
      Class<?> raw = raw(component.getGenericType());
      if (raw.isRecord() && component.getName().equals("listener")) {
        rows(new Block(block.path(), raw, value, ""), rows, below);
      } else if (raw.isRecord()) {
        below.add(new Block(path, raw, value, comment));
      } else if (recordInside(component).isPresent()) {
        inside(component, path, value, comment, below);
      } else {
        rows.add(row(key, component, value, comment));
      }
    }
  }

  /// A record that may be there, or several of them.
  private static void inside(
      RecordComponent component,
      String path,
      Optional<Object> value,
      String comment,
      List<Block> below) {
    Class<?> type = recordInside(component).orElseThrow();
    Optional<Object> present =
        value.flatMap(
            v -> v instanceof Optional<?> o ? o.map(Object.class::cast) : Optional.empty());
    String many =
        switch (component.getType().getSimpleName()) {
          case "List" -> "[]";
          case "Map" -> ".NAME";
          default -> "";
        };
    String note =
        switch (component.getType().getSimpleName()) {
          case "List" -> " A list; each entry has these keys.";
          case "Map" -> " A block for each name.";
          default ->
              present.isPresent()
                  ? " `~`, or `enabled: false` in it, switches it off."
                  : " Off by default.";
        };
    below.add(new Block(path + many, type, present.or(() -> ownDefaults(type)), comment + note));
  }

  private static String row(
      String key, RecordComponent component, Optional<Object> value, String comment) {
    boolean isSize = component.getName().endsWith("Bytes");
    String shown = value.map(v -> RecordMapper.show(v, isSize)).orElse("");
    String words =
        component.getType().isEnum()
            ? " One of "
                + Arrays.stream(component.getType().getEnumConstants())
                    .map(c -> "`" + Names.constant((Enum<?>) c) + "`")
                    .collect(Collectors.joining(", "))
                + "."
            : "";
    String standard = key.equals("hostname") && comment.isEmpty() ? "" : shown;
    return "| `%s` | %s | %s |"
        .formatted(
            key,
            standard.isEmpty() ? "" : "`" + standard + "`",
            (comment + words).replace("|", "\\|"));
  }

  private static Optional<Class<?>> recordInside(RecordComponent component) {
    if (component.getGenericType() instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      Class<?> last = raw(arguments[arguments.length - 1]);
      return last.isRecord() ? Optional.of(last) : Optional.empty();
    }
    return Optional.empty();
  }

  private static Optional<Object> ownDefaults(Class<?> type) {
    return Optional.ofNullable(RecordMapper.ownDefaults(type));
  }

  private static Object read(RecordComponent component, Object from) {
    Object value = RecordMapper.read(component, from);
    if (value == null) {
      throw new IllegalStateException("No default for " + component);
    }
    return value;
  }

  private static Class<?> raw(Type type) {
    return (Class<?>) (type instanceof ParameterizedType generic ? generic.getRawType() : type);
  }
}
