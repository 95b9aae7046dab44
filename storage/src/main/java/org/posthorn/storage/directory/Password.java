package org.posthorn.storage.directory;

/// A new password.
public sealed interface Password {
  /// As its owner types it.
  record Clear(String text) implements Password {
    public Clear {
      if (text.isEmpty() || text.length() > Passwords.LENGTH_MAX) {
        throw new DirectoryException.NotPermitted(
            "A password has 1 to " + Passwords.LENGTH_MAX + " characters");
      }
    }

    @Override
    public String toString() {
      return "Clear[…]";
    }
  }

  /// Hashed elsewhere: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, with or without `{ARGON2ID}` before
  /// it.
  record Hashed(String phc) implements Password {
    private static final String SCHEME = "{ARGON2ID}";

    public Hashed {
      if (phc.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        phc = phc.substring(SCHEME.length());
      }
      if (Argon2Hash.parse(phc).isEmpty()) {
        throw new DirectoryException.NotPermitted(
            "Only Argon2id hashes can be taken over ($argon2id$v=19$m=…,t=…,p=…$salt$hash): "
                + "set a password instead");
      }
    }

    @Override
    public String toString() {
      return "Hashed[…]";
    }
  }
}
