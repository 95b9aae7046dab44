package org.posthorn.storage;

import java.util.function.Supplier;
import org.posthorn.storage.engine.Engine;

/// Makes engines for what is forgotten when they are closed: in memory, or in a temporary folder
/// where the store is on disk.
public record ScratchEngines(Supplier<Engine> supplier) {}
