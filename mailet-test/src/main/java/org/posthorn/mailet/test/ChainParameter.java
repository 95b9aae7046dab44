package org.posthorn.mailet.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Gives a test its chain.
final class ChainParameter implements ParameterResolver {
  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == ChainUnderTest.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    MailetTest test = context.getRequiredTestMethod().getAnnotation(MailetTest.class);
    if (test == null || test.chain().isEmpty() == test.steps().isEmpty()) {
      throw new ParameterResolutionException(
          "Say @MailetTest(chain = …) with the file of a chain, or @MailetTest(steps = …)");
    }
    Class<?> place = context.getRequiredTestClass();
    ChainUnderTest.Settings settings =
        ChainUnderTest.settings(place).with(Arrays.asList(test.settings()));
    ChainUnderTest chain =
        test.chain().isEmpty()
            ? settings.ofSteps(test.steps())
            : settings.ofFile(find(place, test.chain()));
    chain.users(test.users());
    for (String alias : test.aliases()) {
      chain.alias(alias);
    }
    return chain;
  }

  /// Beside the class, or from the project's root.
  static Path find(Class<?> place, String name) {
    return beside(place, name)
        .or(() -> Optional.of(Path.of(name)).filter(Files::isRegularFile))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no %s beside %s, and none from %s"
                    .formatted(name, place.getSimpleName(), Path.of("").toAbsolutePath())));
  }

  private static Optional<Path> beside(Class<?> place, String name) {
    URL url = place.getResource(name);
    if (url == null || !url.getProtocol().equals("file")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Path.of(url.toURI()));
    } catch (URISyntaxException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
