package org.posthorn.app.oauth;

import com.google.inject.AbstractModule;
import com.google.inject.multibindings.OptionalBinder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.posthorn.storage.directory.OAuthConfig;
import org.posthorn.storage.directory.TokenCheck;

/// Binds the [IdentityProvider], where one is configured.
public final class OAuthModule extends AbstractModule {
  private final Optional<IdentityProvider> provider;

  private OAuthModule(Optional<IdentityProvider> provider) {
    this.provider = provider;
  }

  public static OAuthModule of(Optional<OAuthConfig> config, Path data) throws IOException {
    return new OAuthModule(
        config.isEmpty()
            ? Optional.empty()
            : Optional.of(IdentityProvider.of(config.get(), data, InstantSource.system())));
  }

  @Override
  protected void configure() {
    provider.ifPresent(bound ->
        OptionalBinder.newOptionalBinder(binder(), TokenCheck.class)
            .setBinding()
            .toInstance(bound));
  }
}
