npm install --save-dev vitest vitest-machines
npx vitest-machines setup
