// Make the assembled book ready for the printer (booktools/pdf.py): unique ids, links within
// the document, headings in one order, everything open, nothing wider than the paper.
async (names) => {
    const slug = name => name.replaceAll('/', '-');
    const listed = new Set(names);
    const tokens = ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns', 'headers'];
    const all = (root, what) => [...root.querySelectorAll(what)];

    const target = (address, page) => {
        // Where a link leads: within the document, to the web, or nowhere.
        if (address.startsWith('#')) return address === '#' ? `#${slug(page)}` : `#${slug(page)}--${address.slice(1)}`;
        if (/^[a-z][a-z0-9+.-]*:/i.test(address)) return address;
        const found = new URL(address, `http://book/${page}.html`);
        const name = decodeURIComponent(found.pathname.slice(1)).replace(/\.html$/, '');
        if (!listed.has(name)) return null;
        return found.hash ? `#${slug(name)}--${found.hash.slice(1)}` : `#${slug(name)}`;
    };

    for (const section of all(document, 'section.printed')) {
        const page = section.dataset.page, prefix = `${slug(page)}--`, depth = Number(section.dataset.depth);
        // What only a screen needs, and code that is folded on the page.
        const gone = 'script, link, .headerlink, .copybtn, .toggle-button, button, .take-away, .live-panel, .book-pdf, iframe, noscript, '
            + 'details.hide.above-input, .sd-card a.sd-stretched-link, .prev-next-footer, .table-controls';
        for (const element of all(section, gone)) element.remove();
        for (const details of all(section, 'details')) details.open = true;
        all(section, '.playground').forEach((mount, number) => {
            const image = (window.playgrounds || {})[`${page}#${number}`];
            if (!image) return;
            const shown = new Image();
            shown.src = `data:image/jpeg;base64,${image}`;
            shown.className = 'playground-picture';
            shown.alt = 'The playground while networks learn; it runs on the page of the book.';
            mount.replaceWith(shown);
        });

        const ids = new Set(all(section, '[id]').map(element => element.id));
        const own = text => text.replace(/url\((['"]?)#([^'")]+)\1\)/g, (whole, quote, id) =>
            ids.has(id) ? `url(${quote}#${prefix}${id}${quote})` : whole);
        for (const element of all(section, '*')) {
            if (element.id) element.id = prefix + element.id;
            for (const attribute of [...element.attributes]) {
                const { name, value } = attribute;
                if (tokens.includes(name)) {
                    element.setAttribute(name, value.split(/\s+/).map(id => ids.has(id) ? prefix + id : id).join(' '));
                } else if (value.includes('url(')) attribute.value = own(value);
            }
            if (element.localName === 'style') element.textContent = own(element.textContent);
            if (element instanceof SVGElement) {
                for (const name of ['href', 'xlink:href']) {
                    const value = element.getAttribute(name);
                    if (value && value.startsWith('#')) element.setAttribute(name, `#${prefix}${value.slice(1)}`);
                }
            } else if (element.localName === 'a' && element.hasAttribute('href')) {
                const leads = target(element.getAttribute('href'), page);
                if (leads) element.setAttribute('href', leads); else element.removeAttribute('href');
            }
            const source = element.getAttribute('src');
            if (source && !/^[a-z]+:/i.test(source)) {
                const path = new URL(source, `http://book/${page}.html`).pathname;
                element.setAttribute('src', `../html${path}`);
            }
        }
        section.id = slug(page);

        // A lesson's headings stand below those of its chapter.
        if (depth) for (const heading of all(section, 'h1, h2, h3, h4, h5')) {
            const lower = document.createElement(`h${Number(heading.localName[1]) + depth}`);
            for (const { name, value } of heading.attributes) lower.setAttribute(name, value);
            lower.append(...heading.childNodes);
            heading.replaceWith(lower);
        }
        const entry = document.createElement('a');
        entry.href = `#${section.id}`;
        entry.className = depth ? 'lesson' : '';
        entry.textContent = section.querySelector('h1, h2').textContent.trim();
        document.querySelector('.contents').append(entry);
    }

    // An id that a page itself holds twice: the first is the one that links lead to.
    const seen = new Set();
    for (const element of all(document, '[id]')) {
        if (seen.has(element.id)) element.removeAttribute('id'); else seen.add(element.id);
    }
    // A link without its target is plain text.
    for (const link of all(document, 'a[href^="#"]')) {
        if (!seen.has(decodeURIComponent(link.getAttribute('href').slice(1)))) link.removeAttribute('href');
    }
    await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
    await document.fonts.ready;
    // What is wider than the paper becomes smaller.
    const width = document.body.clientWidth;
    for (const element of all(document, 'table, mjx-container, math, .rnn-widget')) {
        const right = element.getBoundingClientRect().right, left = element.getBoundingClientRect().left;
        const wide = Math.max(right - left, element.scrollWidth);
        if (wide > 0 && left + wide > width + 1) element.style.zoom = Math.max(0.35, (width - left) / wide);
    }
    return seen.size;
}
