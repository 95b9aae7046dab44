package org.posthorn.imap.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.net.Connection;
import org.posthorn.storage.login.Sasl;

/// What one client is told that it can use, and when (RFC 3501 §6.1.1, §7.2.1). Only what is whole.
/// Confined to the connection's thread.
final class Capabilities {
  private static final List<String> ALWAYS =
      List.of(
          "IMAP4rev1", //
          "IMAP4rev2",
          "LITERAL+",
          "ID",
          "ENABLE",
          "LANGUAGE",
          "IDLE");

  private static final List<String> AFTER_LOGIN =
      List.of(
          "NAMESPACE",
          "ACL",
          "RIGHTS=kxte",
          "LIST-MYRIGHTS",
          "METADATA",
          "METADATA-SERVER",
          "LIST-METADATA",
          "CHILDREN",
          "UNSELECT",
          "UIDPLUS",
          "MOVE",
          "SPECIAL-USE",
          "CREATE-SPECIAL-USE",
          "LIST-EXTENDED",
          "LIST-STATUS",
          "ESEARCH",
          "SEARCHRES",
          "SEARCH=FUZZY",
          "SORT",
          "SORT=DISPLAY",
          "ESORT",
          "PARTIAL",
          "CONTEXT=SEARCH",
          "CONTEXT=SORT",
          "MULTISEARCH",
          "I18NLEVEL=2",
          "INPROGRESS",
          "UIDONLY",
          "UIDBATCHES",
          "THREAD=ORDEREDSUBJECT",
          "THREAD=REFERENCES",
          "THREAD=REFS",
          "CONDSTORE",
          "QRESYNC",
          "STATUS=SIZE",
          "WITHIN",
          "SAVEDATE",
          "OBJECTID",
          "QUOTA",
          "QUOTA=RES-STORAGE",
          "QUOTA=RES-MESSAGE",
          "QUOTA=RES-MAILBOX",
          "MULTIAPPEND",
          "CATENATE",
          "URL-PARTIAL",
          "URLAUTH",
          "URLAUTH=BINARY",
          "BINARY",
          "PREVIEW",
          "REPLACE",
          "COMPRESS=DEFLATE",
          "UTF8=ACCEPT",
          "NOTIFY",
          "UNAUTHENTICATE");

  private static final int CLIENT_MAX = 200;

  private final Connection connection;
  private final SessionRules rules;
  private final Sasl sasl;

  /// Name and version of the program, as far as it has told them.
  private String client = "";

  Capabilities(Connection connection, SessionRules rules, Sasl sasl) {
    this.connection = connection;
    this.rules = rules;
    this.sasl = sasl;
  }

  /// What the program says of itself (RFC 2971): some are shown less.
  void clientSays(Map<String, String> fields) {
    var byName = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    byName.putAll(fields);
    String name = byName.getOrDefault("name", "") + " " + byName.getOrDefault("version", "");
    client = name.substring(0, Math.min(name.length(), CLIENT_MAX)).strip();
  }

  /// As CAPABILITY tells them.
  String in(State state) {
    List<String> all = state instanceof State.NotAuthenticated ? beforeLogin() : afterLogin(state);
    Set<String> hidden = hidden(state);
    return all.stream()
        .filter(name -> !hidden.contains(name.toUpperCase(Locale.ROOT)))
        .collect(Collectors.joining(" "));
  }

  /// What this client is not shown and cannot enable, in upper case.
  Set<String> hidden(State state) {
    return rules.hide().isEmpty() ? Set.of() : HideRule.hidden(rules.hide(), client, state.login());
  }

  /// Whether the user may say how much others may keep.
  boolean setsQuotas(State state) {
    return rules.quotaAdministrators().stream().anyMatch(state.login()::equalsIgnoreCase);
  }

  private List<String> beforeLogin() {
    var all = new ArrayList<String>(ALWAYS);
    if (connection.tlsAvailable()) {
      all.add("STARTTLS");
    }
    boolean mayLogIn = mayLogIn(connection, rules);
    if (mayLogIn) {
      all.add("SASL-IR");
      sasl.offered(Login.peer(connection)).forEach(mechanism -> all.add("AUTH=" + mechanism));
    }
    if (!mayLogIn || !sasl.takesPasswords()) {
      all.add("LOGINDISABLED");
    }
    return all;
  }

  private List<String> afterLogin(State state) {
    List<String> more = setsQuotas(state) ? List.of("QUOTASET") : List.of();
    return Stream.of(ALWAYS, AFTER_LOGIN, more, List.of("APPENDLIMIT=" + rules.messageMaxBytes()))
        .flatMap(List::stream)
        .toList();
  }

  static boolean mayLogIn(Connection connection, SessionRules rules) {
    return connection.encrypted() || rules.plainTextLogins().allow(connection.remote());
  }
}
