@NullMarked
package org.posthorn.app.web;

import org.jspecify.annotations.NullMarked;
