package org.posthorn.storage.directory;

import java.util.regex.Pattern;

/// A new password.
public sealed interface Password {
  /// What is typed, or was stored by another server. A hash is never taken as the text of a
  /// password: whoever got hold of the other server's hashes could log in with it. Throws
  /// [DirectoryException.NotPermitted] for one that cannot be taken over.
  static Password of(String text) {
    String bare = text.strip();
    return Hashed.FORM.matcher(bare).matches() ? new Hashed(bare) : new Clear(text);
  }

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

    /// As crypt(3) writes hashes, `$6$…$…`, also that of a locked account, and as LDAP and Dovecot
    /// do, `{SSHA}…`.
    private static final Pattern FORM =
        Pattern.compile(
            "[!*]{0,2}\\$[A-Za-z0-9_.,=-]+\\$[^$]*\\$.+"
                + "|(?i:\\{(S?SHA|S?MD[45]|CRYPT|DES|BLF|BCRYPT|PBKDF2|ARGON2|SCRAM|CRAM|HMAC|DIGEST"
                + "|LANMAN|LDAP|PLAIN|CLEAR|NTLM|NT|OTP|SKEY|RPA|SMD5|X-)[A-Z0-9_.-]*}).+");

    public Hashed {
      if (phc.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
        phc = phc.substring(SCHEME.length());
      }
      if (Argon2Hash.parse(phc).isEmpty()) {
        throw new DirectoryException.NotPermitted(
            "This looks like a password hash, and only those of Argon2id can be taken over "
                + "($argon2id$v=19$m=…,t=…,p=…$salt$hash): set a password instead");
      }
    }

    @Override
    public String toString() {
      return "Hashed[…]";
    }
  }
}
