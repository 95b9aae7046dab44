package org.posthorn.net;

/// Why a client is sent away between two commands.
public enum Dismissal {
  SERVER_STOPS,

  /// Who is logged in may be so no longer.
  LOGIN_ENDED
}
