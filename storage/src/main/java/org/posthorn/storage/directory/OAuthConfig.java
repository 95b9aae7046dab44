package org.posthorn.storage.directory;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/// An identity provider, whose tokens let users in beside their passwords. Addresses are `https`;
/// `http` on this machine only.
public record OAuthConfig(
    /// Who issues the tokens, exactly as `iss` in them says, such as `https://id.example.org`.
    String issuer,
    /// Whom tokens must be meant for: one of these must be in `aud`. May be left out with
    /// `introspection-url` only.
    List<String> audiences,
    /// A scope that tokens must have.
    Optional<String> scope,
    /// What in a token names the user's login: `email` without this.
    Optional<String> loginClaim,
    /// Where the keys are that tokens are signed with (JWKS). Without it: as the issuer's
    /// `.well-known/openid-configuration` says.
    Optional<String> jwksUrl,
    /// Where tokens are asked about that are no signed ones (RFC 7662). With it, `client-id` and
    /// `client-secret-file` are needed.
    Optional<String> introspectionUrl,
    /// By what this server is known to the provider.
    Optional<String> clientId,
    /// A file with the secret that goes with it, on a line of its own; in the data directory or by
    /// its full path.
    Optional<String> clientSecretFile,
    /// A PEM file with the certificates that vouch for the provider's own, in the data directory or
    /// by its full path: then these count, and no others. Without it: those that Java trusts.
    Optional<String> authoritiesFile) {
  private static final String DISCOVERY = "/.well-known/openid-configuration";

  public OAuthConfig {
    audiences = List.copyOf(audiences);
    check("issuer", issuer);
    jwksUrl.ifPresent(url -> check("jwks-url", url));
    introspectionUrl.ifPresent(url -> check("introspection-url", url));
    if (audiences.isEmpty() && introspectionUrl.isEmpty()) {
      throw new IllegalArgumentException(
          "logins oauth audiences is empty: name what tokens for this server have in aud");
    }
    if (introspectionUrl.isPresent() && (clientId.isEmpty() || clientSecretFile.isEmpty())) {
      throw new IllegalArgumentException(
          "logins oauth introspection-url needs client-id and client-secret-file");
    }
  }

  /// Where clients and we read what the provider can do.
  public String discoveryUrl() {
    return issuer.replaceFirst("/$", "") + DISCOVERY;
  }

  /// Throws for what is no address of a provider.
  public static void check(String key, String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("logins oauth " + key + " is no URL: " + url, e);
    }
    boolean here =
        "localhost".equals(uri.getHost())
            || "127.0.0.1".equals(uri.getHost())
            || "[::1]".equals(uri.getHost());
    if (uri.getHost() == null || !("https".equals(uri.getScheme()) || here)) {
      throw new IllegalArgumentException(
          "logins oauth " + key + " must begin with https://, not " + url);
    }
  }
}
