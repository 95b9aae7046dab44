package org.posthorn.imap.session;

import org.posthorn.net.Connection;

/// What is announced when (RFC 3501 §6.1.1, §7.2.1). Only what is whole.
final class Capabilities {
  private static final String ALWAYS = "IMAP4rev1 LITERAL+ ID ENABLE IDLE";
  private static final String AFTER_LOGIN =
      " NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE SPECIAL-USE CREATE-SPECIAL-USE LIST-EXTENDED"
          + " LIST-STATUS ESEARCH CONDSTORE QRESYNC STATUS=SIZE WITHIN SAVEDATE OBJECTID QUOTA"
          + " QUOTA=RES-STORAGE QUOTA=RES-MESSAGE MULTIAPPEND CATENATE URL-PARTIAL BINARY PREVIEW"
          + " REPLACE UNAUTHENTICATE APPENDLIMIT=";

  private Capabilities() {}

  static String beforeLogin(Connection connection, SessionRules rules) {
    String tls = connection.tlsAvailable() ? " STARTTLS" : "";
    String logins =
        mayLogIn(connection, rules) ? " SASL-IR AUTH=PLAIN AUTH=LOGIN" : " LOGINDISABLED";
    return ALWAYS + tls + logins;
  }

  static String afterLogin(SessionRules rules) {
    return ALWAYS + AFTER_LOGIN + rules.messageMaxBytes();
  }

  static boolean mayLogIn(Connection connection, SessionRules rules) {
    return connection.encrypted() || rules.plainTextLogins().allow(connection.remote());
  }
}
