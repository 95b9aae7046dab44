package org.posthorn.imap.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.net.Connection;
import org.posthorn.storage.login.Sasl;

/// What is announced when (RFC 3501 §6.1.1, §7.2.1). Only what is whole.
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

  private Capabilities() {}

  /// `hidden`: in upper case.
  static String beforeLogin(
      Connection connection, SessionRules rules, Sasl sasl, Set<String> hidden) {
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
    return without(hidden, String.join(" ", all));
  }

  static String afterLogin(SessionRules rules, boolean setsQuotas, Set<String> hidden) {
    List<String> more = setsQuotas ? List.of("QUOTASET") : List.of();
    return without(
        hidden,
        Stream.of(ALWAYS, AFTER_LOGIN, more, List.of("APPENDLIMIT=" + rules.messageMaxBytes()))
            .flatMap(List::stream)
            .collect(Collectors.joining(" ")));
  }

  private static String without(Set<String> hidden, String all) {
    return hidden.isEmpty()
        ? all
        : Stream.of(all.split(" ", -1))
            .filter(name -> !hidden.contains(name.toUpperCase(Locale.ROOT)))
            .collect(Collectors.joining(" "));
  }

  static boolean mayLogIn(Connection connection, SessionRules rules) {
    return connection.encrypted() || rules.plainTextLogins().allow(connection.remote());
  }
}
